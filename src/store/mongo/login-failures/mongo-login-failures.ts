import { createHash } from 'node:crypto';
import type { Model } from 'mongoose';
import type { Call } from '../../../auth/call';
import type { Lockout, LoginFailures, LoginLimits } from '../../../auth/login/login-failures';
import type { LoginFailuresDocument } from '../collections/login-failures';
import { CommandBatcher } from '../commands/command-batcher';
import { collectWriteResults } from '../commands/each-write';
import { duringCall } from '../commands/operation';
import { duplicateKeyField } from '../commands/store-errors';
import { allowsAttempt, releaseUpdate, reserveUpdate, succeedUpdate, type Update } from './login-failure-updates';

const UPSERT_ATTEMPTS = 5;

/** One document per account: all its sources, so that one atomic update decides. */
export class MongoLoginFailures implements LoginFailures {
  readonly #upserts: CommandBatcher<Upsert, void>;

  constructor(private readonly model: Model<LoginFailuresDocument>) {
    this.#upserts = upsertEach(model);
  }

  /** Most attempts are let through, and for those nothing has to come back: they are counted together. */
  async reserve(
    account: string,
    source: string,
    limits: LoginLimits,
    at: number,
    call: Call,
  ): Promise<number | undefined> {
    const update = reserveUpdate(digest(source), limits, at);
    try {
      await this.#upserts.run([{ _id: digest(account), ...allowsAttempt(digest(source), limits, at) }, update], call);
      return undefined;
    } catch (error) {
      if (duplicateKeyField(error) === undefined) throw error;
      return this.#decide(account, update, at, call);
    }
  }

  async #decide(account: string, update: Update[], at: number, call: Call): Promise<number | undefined> {
    const after = await retryUpsert(() =>
      duringCall(call, (options) =>
        this.model
          .findOneAndUpdate({ _id: digest(account) }, update, {
            ...options,
            upsert: true,
            updatePipeline: true,
            returnDocument: 'after',
            projection: { refusedUntil: 1 },
          })
          .lean()
          .exec(),
      ),
    );
    const refusedUntil = after?.refusedUntil ?? null;
    return refusedUntil === null ? undefined : Math.max(1, Math.ceil((refusedUntil - at) / 1000));
  }

  /**
   * Asks for nothing back: of a write that could be repeated the server would keep the answer, which is one more write.
   */
  async release(account: string, source: string, at: number, call: Call): Promise<void> {
    const update = releaseUpdate(digest(source), at);
    await duringCall(call, (options) =>
      this.model.updateOne({ _id: digest(account) }, update, { ...options, updatePipeline: true }).exec(),
    );
  }

  succeed(account: string, source: string, at: number, call: Call): Promise<void> {
    const update = succeedUpdate(digest(source), at);
    return retryUpsert(() => this.#upserts.run([{ _id: digest(account) }, update], call));
  }

  async findLockout(account: string, limits: LoginLimits, at: number, call: Call): Promise<Lockout> {
    const found = await duringCall(call, (options) =>
      this.model
        .findOne({ _id: digest(account) }, null, options)
        .lean()
        .exec(),
    );
    if (found === null) return { everywhereUntil: undefined, sourcesUntil: [] };
    const windowMs = limits.windowSeconds * 1000;
    const until = (start: number, count: number, limit: number): Date | undefined => {
      const end = Math.min(start, at) + windowMs;
      return count >= limit && end > at ? new Date(end) : undefined;
    };
    const sourcesUntil = found.sources.map(({ start, count }) => until(start, count, limits.perSource));
    return {
      everywhereUntil: until(found.start, found.count, limits.perAccount),
      sourcesUntil: sourcesUntil.filter((date) => date !== undefined).sort((a, b) => b.getTime() - a.getTime()),
    };
  }

  async clear(account: string, call: Call): Promise<void> {
    await duringCall(call, (options) =>
      this.model
        .updateOne({ _id: digest(account) }, { $set: { count: 0, sources: [], refusedUntil: null } }, options)
        .exec(),
    );
  }
}

type Upsert = readonly [filter: { readonly _id: string }, update: Update[]];

function upsertEach(model: Model<LoginFailuresDocument>): CommandBatcher<Upsert, void> {
  return new CommandBatcher((upserts, options) => {
    const writes = upserts.map(([filter, update]) => ({ updateOne: { filter, update, upsert: true } }));
    return collectWriteResults(
      upserts.length,
      model.collection.bulkWrite(writes as never[], { ...options, ordered: false }),
    );
  });
}

/** Two first upserts of one document at once: the other one has made it. */
export async function retryUpsert<T>(upsert: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await upsert();
    } catch (error) {
      if (duplicateKeyField(error) === undefined || attempt === UPSERT_ATTEMPTS) throw error;
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
