import { type Model, trusted } from 'mongoose';
import type { Call } from '../../../auth/call';
import type { SurplusLimit } from '../../../auth/sessions/stored-sessions';
import type { SessionDocument } from '../collections/sessions';
import { CommandBatcher } from '../commands/command-batcher';
import { duringCall, type OperationOptions } from '../commands/operation';
import { queryableId } from '../commands/shapes';
import { liveAt } from './live-sessions';

export interface Surplus extends SurplusLimit {
  readonly userId: string;
  readonly now: Date;
}

type Found = Pick<SessionDocument, '_id' | 'userId' | 'expiresAt'>;

/**
 * Up to so many sessions that stay are read with those that do not, for many users at once; where more may stay, they
 * are left to the server.
 */
const MOST_READ = 50;
/** For each user two beyond those that stay: the new one, and the one that is too many. */
const READ_PER_USER = MOST_READ + 2;

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
        .limit(asked.length * READ_PER_USER)
        .batchSize(asked.length * READ_PER_USER + 1)
        .lean()
        .exec();
      // One of them has so many that others may have been cut off.
      const isCut = found.length === asked.length * READ_PER_USER;
      if (isCut) return Promise.all(asked.map(async (one) => ({ answer: await findBeyond(model, one, options) })));
      const theirs = byUser(found);
      return asked.map((one) => ({ answer: surplusAmong(theirs.get(one.userId) ?? [], one) }));
    });
  }

  find(asked: Surplus, call: Call): Promise<string[]> {
    return asked.keep > MOST_READ ? this.#alone(asked, call) : this.#batcher.run(asked, call);
  }

  #alone(asked: Surplus, call: Call): Promise<string[]> {
    return duringCall(call, (options) => findBeyond(this.model, asked, options));
  }
}

async function findBeyond(
  model: Model<SessionDocument>,
  { userId, exceptId, keep, atMost, now }: Surplus,
  options: OperationOptions,
): Promise<string[]> {
  const others = { userId: queryableId(userId), _id: trusted({ $ne: queryableId(exceptId) }), ...liveAt(now) };
  const beyond = await model
    .find(others, { _id: 1 }, options)
    .sort(YOUNGEST_FIRST)
    .skip(keep)
    .limit(atMost)
    .lean()
    .exec();
  return beyond.map(({ _id }) => _id);
}

function surplusAmong(theirs: readonly Found[], { exceptId, keep, atMost, now }: Surplus): string[] {
  return theirs
    .filter(({ _id, expiresAt }) => _id !== exceptId && expiresAt > now)
    .slice(keep, keep + atMost)
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
