import { type Model, trusted } from 'mongoose';
import {
  type ApiKeyLimits,
  type ApiKeyUse,
  ENDED_KEY_RETENTION_MS,
  findApiKeyEnd,
  type OwnedApiKey,
  type StoredApiKey,
  type StoredApiKeys,
} from '../../../auth/api-keys/stored-api-keys';
import type { Call } from '../../../auth/call';
import type { ApiKeyDocument } from '../collections/api-keys';
import { insertInto, toDocument } from '../collections/documents';
import type { UserDocument } from '../collections/users';
import type { CommandBatcher } from '../commands/command-batcher';
import { duringCall, type OperationOptions } from '../commands/operation';
import { queryableId } from '../commands/shapes';
import { findOwnedEach, toStoredApiKey } from './api-key-owners';
import { ApiKeySlots } from './api-key-slots';

export class MongoApiKeys implements StoredApiKeys {
  readonly #slots: ApiKeySlots;
  readonly #owned: CommandBatcher<string, OwnedApiKey | undefined>;

  constructor(
    private readonly model: Model<ApiKeyDocument>,
    users: Model<UserDocument>,
  ) {
    this.#slots = new ApiKeySlots(model);
    this.#owned = findOwnedEach(model, users);
  }

  insert(key: StoredApiKey, limits: ApiKeyLimits, call: Call): Promise<void> {
    const { userId, createdAt, revokedAt } = key;
    const document = { ...toDocument(key), removeAt: new Date(findApiKeyEnd(key) + ENDED_KEY_RETENTION_MS) };
    return duringCall(call, async (options) => {
      // First: a key that was inserted must not be reported as one that was not.
      await this.#removeEnded(userId, limits.keep - 1, createdAt, options);
      if (revokedAt === null) await this.#slots.insert(document, limits, options);
      else await insertInto(this.model, document, options);
    });
  }

  /** Removes, of the keys beyond the newest `keep`, those that have ended. Reads nothing where there are no more. */
  async #removeEnded(userId: string, keep: number, now: Date, options: OperationOptions): Promise<void> {
    const theirs = { userId: queryableId(userId) };
    const beyond = await this.model.find(theirs, { _id: 1 }, options).sort({ _id: -1 }).skip(keep).lean().exec();
    if (beyond.length === 0) return;
    const hasEnded = trusted([{ revokedAt: trusted({ $lte: now }) }, { expiresAt: trusted({ $lte: now }) }]);
    const ids = trusted({ $in: beyond.map(({ _id }) => _id) });
    await this.model.deleteMany({ ...theirs, _id: ids, $or: hasEnded } as object, options).exec();
  }

  async find(id: string, call: Call): Promise<StoredApiKey | undefined> {
    const found = await duringCall(call, (options) =>
      this.model
        .findOne({ _id: queryableId(id) }, null, options)
        .lean()
        .exec(),
    );
    return found === null ? undefined : toStoredApiKey(found);
  }

  findOwned(id: string, call: Call): Promise<OwnedApiKey | undefined> {
    return this.#owned.run(queryableId(id), call);
  }

  async list(
    query: { readonly userId: string; readonly after: string | undefined; readonly limit: number },
    call: Call,
  ): Promise<StoredApiKey[]> {
    const { userId, after, limit } = query;
    const filter = {
      userId: queryableId(userId),
      ...(after === undefined ? {} : { _id: trusted({ $gt: queryableId(after) }) }),
    };
    const found = await duringCall(call, (options) =>
      this.model.find(filter, null, options).sort({ _id: 1 }).limit(limit).lean().exec(),
    );
    return found.map(toStoredApiKey);
  }

  async revoke(
    id: string,
    { at, userId }: { readonly at: Date; readonly userId?: string },
    call: Call,
  ): Promise<StoredApiKey | undefined> {
    const filter = { _id: queryableId(id), ...(userId === undefined ? {} : { userId: queryableId(userId) }) };
    // A pipeline, because only there the earlier of two times can be chosen; $min passes over what is null.
    const removeAt = new Date(at.getTime() + ENDED_KEY_RETENTION_MS);
    const change = [
      { $set: { revokedAt: { $min: ['$revokedAt', at] }, removeAt: { $min: ['$removeAt', removeAt] } } },
      { $unset: 'slot' },
    ];
    const revoked = await duringCall(call, (options) =>
      this.model.collection.findOneAndUpdate(filter as object, change, { ...options, returnDocument: 'after' }),
    );
    return revoked === null ? undefined : toStoredApiKey(revoked as unknown as ApiKeyDocument);
  }

  async recordUses(uses: readonly ApiKeyUse[], call: Call): Promise<void> {
    if (uses.length === 0) return;
    const writes = uses.map(({ id, at }) => ({
      updateOne: { filter: { _id: queryableId(id) }, update: { $max: { lastUsedAt: at } } },
    }));
    await duringCall(call, (options) =>
      this.model.collection.bulkWrite(writes as never[], { ...options, ordered: false }),
    );
  }

  async deleteAll(userId: string, call: Call): Promise<void> {
    await duringCall(call, (options) => this.model.deleteMany({ userId: queryableId(userId) }, options).exec());
  }
}
