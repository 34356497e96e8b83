import { type Model, trusted } from 'mongoose';
import type { Call } from '../../auth/call';
import { Gathering } from './gathering';
import type { SessionDocument } from './models';
import { duringCall } from './operation';
import { idOf } from './shapes';

export interface Surplus {
  readonly userId: string;
  /** This session does not count. */
  readonly besides: string;
  /** How many of the others may stay. */
  readonly keep: number;
  readonly now: Date;
}

type Found = Pick<SessionDocument, '_id' | 'userId' | 'createdAt' | 'expiresAt'>;

/** Up to so many sessions that stay are read with those that do not, for many users at once; where more may stay, they are left to the server. */
const MOST_READ = 50;

/** Finds which live sessions of a user are too many: the oldest ones. */
export class SurplusSessions {
  readonly #together: Gathering<Surplus, string[]>;

  constructor(private readonly model: Model<SessionDocument>) {
    this.#together = new Gathering(async (asked, options) => {
      const now = new Date(Math.min(...asked.map((one) => one.now.getTime())));
      const found: Found[] = await model
        .find(
          liveOf(new Set(asked.map(({ userId }) => userId)), now),
          { userId: 1, createdAt: 1, expiresAt: 1 },
          options,
        )
        .batchSize(asked.length * (MOST_READ + 2))
        .lean()
        .exec();
      const byUser = grouped(found.sort(youngestFirst));
      return asked.map((one) => ({ answer: surplusAmong(byUser.get(one.userId) ?? [], one) }));
    });
  }

  find(asked: Surplus, call: Call): Promise<string[]> {
    return asked.keep > MOST_READ ? this.#alone(asked, call) : this.#together.ask(asked, call);
  }

  async #alone({ userId, besides, keep, now }: Surplus, call: Call): Promise<string[]> {
    const others = { ...liveOf([userId], now), _id: trusted({ $ne: idOf(besides) }) };
    const beyond = await duringCall(call, (options) =>
      this.model.find(others, { _id: 1 }, options).sort({ createdAt: -1, _id: -1 }).skip(keep).lean().exec(),
    );
    return beyond.map(({ _id }) => _id);
  }
}

function liveOf(userIds: Iterable<string>, now: Date) {
  return { userId: trusted({ $in: [...userIds].map(idOf) }), endedAt: null, expiresAt: trusted({ $gt: now }) };
}

function surplusAmong(theirs: readonly Found[], { besides, keep, now }: Surplus): string[] {
  return theirs
    .filter(({ _id, expiresAt }) => _id !== besides && expiresAt > now)
    .slice(keep)
    .map(({ _id }) => _id);
}

function youngestFirst(a: Found, b: Found): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a._id < b._id ? 1 : -1);
}

function grouped(sessions: readonly Found[]): Map<string, Found[]> {
  const byUser = new Map<string, Found[]>();
  for (const session of sessions) {
    const theirs = byUser.get(session.userId);
    if (theirs === undefined) byUser.set(session.userId, [session]);
    else theirs.push(session);
  }
  return byUser;
}
