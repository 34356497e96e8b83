import { createHash } from 'node:crypto';
import type { Model, PipelineStage, QueryOptions } from 'mongoose';
import type { Call } from '../../auth/call';
import type { LoginFailures, LoginLimits } from '../../auth/ports';
import { releaseUpdate, reserveUpdate, succeedUpdate } from './login-failure-updates';
import type { LoginFailuresDocument } from './models';
import { duringCall } from './operation';
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
    const after = await this.#update(account, reserveUpdate(digest(source), limits, at), { upsert: true }, call);
    const refusedUntil = after?.refusedUntil ?? null;
    return refusedUntil === null ? undefined : Math.max(1, Math.ceil((refusedUntil - at) / 1000));
  }

  async release(account: string, source: string, at: number, call: Call): Promise<void> {
    await this.#update(account, releaseUpdate(digest(source), at), {}, call);
  }

  async succeed(account: string, source: string, at: number, call: Call): Promise<void> {
    await this.#update(account, succeedUpdate(digest(source), at), { upsert: true }, call);
  }

  async clear(account: string, call: Call): Promise<void> {
    await duringCall(call, (options) =>
      this.model
        .updateOne({ _id: digest(account) }, { $set: { count: 0, sources: [], refusedUntil: null } }, options)
        .exec(),
    );
  }

  #update(
    account: string,
    update: (PipelineStage.Set | PipelineStage.Unset)[],
    extra: QueryOptions<LoginFailuresDocument>,
    call: Call,
  ): Promise<LoginFailuresDocument | null> {
    return duringCall(call, async (options) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.model
            .findOneAndUpdate({ _id: digest(account) }, update, {
              ...options,
              ...extra,
              updatePipeline: true,
              returnDocument: 'after',
              projection: { refusedUntil: 1 },
            })
            .lean()
            .exec();
        } catch (error) {
          // Two first tries at once: the other one has made the document.
          if (duplicateKeyField(error) === undefined || attempt === UPSERT_ATTEMPTS) throw error;
        }
      }
    });
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
