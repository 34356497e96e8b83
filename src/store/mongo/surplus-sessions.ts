import { type Model, trusted } from 'mongoose';
import type { Call } from '../../auth/call';
import { CommandBatcher } from './command-batcher';
import { liveAt } from './live-sessions';
import type { SessionDocument } from './models';
import { duringCall } from './operation';
import { queryableId } from './shapes';

export interface Surplus {
  readonly userId: string;
  /** This session does not count. */
  readonly besides: string;
  /** How many of the others may stay. */
  readonly keep: number;
  readonly now: Date;
}

type Found = Pick<SessionDocument, '_id' | 'userId' | 'expiresAt'>;

/**
 * Up to so many sessions that stay are read with those that do not, for many users at once; where more may stay, they
 * are left to the server.
 */
const MOST_READ = 50;

const YOUNGEST_FIRST = { createdAt: -1, _id: -1 } as const;

/** Finds which live sessions of a user are too many: the oldest ones. */
export class SurplusSessions {
  readonly #batcher: CommandBatcher<Surplus, string[]>;

  constructor(private readonly model: Model<SessionDocument>) {
    this.#batcher = new CommandBatcher(async (asked, options) => {
      const userIds = [...new Set(asked.map(({ userId }) => queryableId(userId)))];
      const now = new Date(Math.min(...asked.map((one) => one.now.getTime())));
      const found: Found[] = await model
        .find({ userId: trusted({ $in: userIds }), ...liveAt(now) }, { userId: 1, expiresAt: 1 }, options)
        .sort(YOUNGEST_FIRST)
        .batchSize(asked.length * (MOST_READ + 2))
        .lean()
        .exec();
      const theirs = byUser(found);
      return asked.map((one) => ({ answer: surplusAmong(theirs.get(one.userId) ?? [], one) }));
    });
  }

  find(asked: Surplus, call: Call): Promise<string[]> {
    return asked.keep > MOST_READ ? this.#alone(asked, call) : this.#batcher.run(asked, call);
  }

  async #alone({ userId, besides, keep, now }: Surplus, call: Call): Promise<string[]> {
    const others = { userId: queryableId(userId), _id: trusted({ $ne: queryableId(besides) }), ...liveAt(now) };
    const beyond = await duringCall(call, (options) =>
      this.model.find(others, { _id: 1 }, options).sort(YOUNGEST_FIRST).skip(keep).lean().exec(),
    );
    return beyond.map(({ _id }) => _id);
  }
}

function surplusAmong(theirs: readonly Found[], { besides, keep, now }: Surplus): string[] {
  return theirs
    .filter(({ _id, expiresAt }) => _id !== besides && expiresAt > now)
    .slice(keep)
    .map(({ _id }) => _id);
}

function byUser(sessions: readonly Found[]): Map<string, Found[]> {
  const all = new Map<string, Found[]>();
  for (const session of sessions) {
    const theirs = all.get(session.userId);
    if (theirs === undefined) all.set(session.userId, [session]);
    else theirs.push(session);
  }
  return all;
}
