import { createHash } from 'node:crypto';
import type { Model } from 'mongoose';
import type { Call } from '../../auth/call';
import type { LoginFailures, LoginLimits } from '../../auth/ports';
import { eachWrite } from './each-write';
import { Gathering } from './gathering';
import { countUpdate, releaseUpdate, reserveUpdate, succeedUpdate, type Update } from './login-failure-updates';
import type { LoginFailuresDocument } from './models';
import { duringCall, type OperationOptions } from './operation';
import { isConversionFailure, isDuplicateKey } from './store-errors';

const UPSERT_ATTEMPTS = 5;

/** One document per account: all its sources, so that one atomic update decides. */
export class MongoLoginFailures implements LoginFailures {
  readonly #upserts: Gathering<Upsert, void>;

  constructor(private readonly model: Model<LoginFailuresDocument>) {
    this.#upserts = upsertEach(model);
  }

  /** Most tries are let through, and for those nothing has to come back: they are counted together. */
  async reserve(
    account: string,
    source: string,
    limits: LoginLimits,
    at: number,
    call: Call,
  ): Promise<number | undefined> {
    try {
      await this.#upserts.ask([digest(account), countUpdate(digest(source), limits, at)], call);
      return undefined;
    } catch (error) {
      if (!isConversionFailure(error) && !isDuplicateKey(error)) throw error;
      return this.#decide(account, reserveUpdate(digest(source), limits, at), at, call);
    }
  }

  async #decide(account: string, update: Update[], at: number, call: Call): Promise<number | undefined> {
    const after = await upserting(call, (options) =>
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
    );
    const refusedUntil = after?.refusedUntil ?? null;
    return refusedUntil === null ? undefined : Math.max(1, Math.ceil((refusedUntil - at) / 1000));
  }

  async release(account: string, source: string, at: number, call: Call): Promise<void> {
    await duringCall(call, (options) => this.#update(account, releaseUpdate(digest(source), at), false, options));
  }

  async succeed(account: string, source: string, at: number, call: Call): Promise<void> {
    const update = succeedUpdate(digest(source), at);
    try {
      await this.#upserts.ask([digest(account), update], call);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      await upserting(call, (options) => this.#update(account, update, true, options));
    }
  }

  async clear(account: string, call: Call): Promise<void> {
    await duringCall(call, (options) =>
      this.model
        .updateOne({ _id: digest(account) }, { $set: { count: 0, sources: [], refusedUntil: null } }, options)
        .exec(),
    );
  }

  /** Asks for nothing back: of a write that could be repeated the server would keep the answer, which is one more write. */
  async #update(account: string, update: Update[], upsert: boolean, options: OperationOptions): Promise<void> {
    await this.model.updateOne({ _id: digest(account) }, update, { ...options, upsert, updatePipeline: true }).exec();
  }
}

type Upsert = readonly [id: string, update: Update[]];

function upsertEach(model: Model<LoginFailuresDocument>): Gathering<Upsert, void> {
  return new Gathering((upserts, options) => {
    const writes = upserts.map(([_id, update]) => ({ updateOne: { filter: { _id }, update, upsert: true } }));
    return eachWrite(upserts.length, model.collection.bulkWrite(writes as never[], { ...options, ordered: false }));
  });
}

function upserting<T>(call: Call, write: (options: OperationOptions) => Promise<T>): Promise<T> {
  return duringCall(call, async (options) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(options);
      } catch (error) {
        // Two first tries at once: the other one has made the document.
        if (!isDuplicateKey(error) || attempt === UPSERT_ATTEMPTS) throw error;
      }
    }
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
