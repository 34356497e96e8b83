import { type Model, trusted } from 'mongoose';
import { AuthError } from '../../../auth/errors';
import type { ApiKeyDocument } from '../collections/api-keys';
import { insertInto } from '../collections/documents';
import type { OperationOptions } from '../commands/operation';
import { queryableId } from '../commands/shapes';
import { duplicateKeyField } from '../commands/store-errors';

/**
 * More than keys of one owner that can be made at once: each attempt that fails has been overtaken by one that did not.
 */
const ATTEMPTS = 100;
/** How many free slots are offered: parallel calls see the same, and few of them are to take the same one. */
const OFFERED = 50;

/**
 * Bounds the live keys of an owner without a transaction: each takes a numbered slot, and a unique index lets no other
 * key have it. A key that is revoked gives its slot back in the same write; one that has expired, when another key
 * looks for a free one.
 */
export class ApiKeySlots {
  constructor(private readonly model: Model<ApiKeyDocument>) {}

  /** @throws AuthError API_KEY_LIMIT */
  async insert(
    key: Omit<ApiKeyDocument, 'slot'>,
    limit: { readonly atMost: number; readonly replaces?: string },
    options: OperationOptions,
  ): Promise<void> {
    if (limit.replaces !== undefined) await this.#vacate({ _id: queryableId(limit.replaces) }, options);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const free = await this.#free(key.userId, key.createdAt, limit.atMost + 1, options);
      // Not the first one: parallel calls see the same.
      const slot = free[Math.floor(Math.random() * free.length)];
      if (slot === undefined) throw new AuthError('API_KEY_LIMIT');
      try {
        return await insertInto(this.model, { ...key, slot }, options);
      } catch (error) {
        if (duplicateKeyField(error) !== 'userId') throw error;
      }
    }
    throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
  }

  /** The lowest free slots; no more than may be taken, also where a key has a slot that is out of range. */
  async #free(userId: string, now: Date, count: number, options: OperationOptions): Promise<number[]> {
    const taken = await this.#taken(userId, options);
    if (taken.length >= count) await this.#vacate({ userId, expiresAt: trusted({ $lte: now }) }, options);
    const left = taken.length >= count ? await this.#taken(userId, options) : taken;
    const used = new Set(left.map(({ slot }) => slot));
    const free: number[] = [];
    const most = Math.min(count - left.length, OFFERED);
    for (let slot = 0; free.length < most; slot += 1) if (!used.has(slot)) free.push(slot);
    return free;
  }

  #taken(userId: string, options: OperationOptions) {
    const filter = { userId: queryableId(userId), slot: trusted({ $exists: true }) };
    return this.model.find(filter, { slot: 1 }, options).lean().exec();
  }

  async #vacate(filter: object, options: OperationOptions): Promise<void> {
    await this.model.updateMany(filter as never, { $unset: { slot: 1 } }, options).exec();
  }
}
