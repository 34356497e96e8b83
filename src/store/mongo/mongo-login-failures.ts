import { createHash } from 'node:crypto';
import type { Model } from 'mongoose';
import type { Call } from '../../auth/call';
import type { LoginFailures, LoginLimits } from '../../auth/ports';
import { releaseUpdate, reserveUpdate, succeedUpdate, type Update } from './login-failure-updates';
import type { LoginFailuresDocument } from './models';
import { duringCall, type OperationOptions } from './operation';
import { duplicateKeyField } from './store-errors';

const UPSERT_ATTEMPTS = 5;

/** One document per account: all its sources, so that one atomic update decides. */
export class MongoLoginFailures implements LoginFailures {
  constructor(private readonly model: Model<LoginFailuresDocument>) {}

  async reserve(
    account: string,
    source: string,
    limits: LoginLimits,
    at: number,
    call: Call,
  ): Promise<number | undefined> {
    const update = reserveUpdate(digest(source), limits, at);
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
    await this.#update(account, releaseUpdate(digest(source), at), false, call);
  }

  async succeed(account: string, source: string, at: number, call: Call): Promise<void> {
    await this.#update(account, succeedUpdate(digest(source), at), true, call);
  }

  async clear(account: string, call: Call): Promise<void> {
    await duringCall(call, (options) =>
      this.model
        .updateOne({ _id: digest(account) }, { $set: { count: 0, sources: [], refusedUntil: null } }, options)
        .exec(),
    );
  }

  /** Asks for nothing back: of a write that could be repeated the server would keep the answer, which is one more write. */
  async #update(account: string, update: Update[], upsert: boolean, call: Call): Promise<void> {
    await upserting(call, (options) =>
      this.model.updateOne({ _id: digest(account) }, update, { ...options, upsert, updatePipeline: true }).exec(),
    );
  }
}

function upserting<T>(call: Call, write: (options: OperationOptions) => Promise<T>): Promise<T> {
  return duringCall(call, async (options) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(options);
      } catch (error) {
        // Two first tries at once: the other one has made the document.
        if (duplicateKeyField(error) === undefined || attempt === UPSERT_ATTEMPTS) throw error;
      }
    }
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
