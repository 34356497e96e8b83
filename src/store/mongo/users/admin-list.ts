import { setTimeout as pause } from 'node:timers/promises';
import { type Model, trusted } from 'mongoose';
import { AuthError } from '../../../auth/errors';
import type { AdminsDocument, UserDocument } from '../collections/users';
import type { OperationOptions } from '../commands/operation';

const LIST_ID = 'active';
const ATTEMPTS = 20;
/** How many others are looked at when only one admin is listed. */
const CANDIDATES = 10;
/** Long enough for a removal in flight elsewhere to finish. */
const IN_FLIGHT_MS = 30;

/** A service account does not count: it cannot log in. */
const ACTIVE_ADMIN = { active: true, roles: 'admin', kind: trusted({ $ne: 'service' as const }) } as const;

/**
 * Ids of active admins, in one document, so that removing one can depend on another being left without a transaction.
 * Every listed user is an active admin; an active admin may be missing from it, and is then listed when it
 * matters. README.md, "The last admin", says why this holds.
 */
export class AdminList {
  constructor(
    private readonly admins: Model<AdminsDocument>,
    private readonly users: Model<UserDocument>,
  ) {}

  /**
   * Takes an active admin off the list, if another one stays on it. Must come before the write that makes the user
   * something else, and that write must demand the `fence` the user had before this.
   *
   * @throws AuthError LAST_ADMIN; STORE_UNAVAILABLE when too many others do the same
   */
  async withdraw(id: string, options: OperationOptions): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const withdrawn = await this.admins
        .updateOne(
          { _id: LIST_ID, ids: id, 'ids.1': trusted({ $exists: true }) },
          { $pull: { ids: id }, $inc: { revision: 1 } },
          options,
        )
        .exec();
      if (withdrawn.modifiedCount === 1) return;
      const { ids } = await this.#read(options);
      if (!ids.includes(id)) await this.enlist(id, options);
      else if (ids.length === 1) await this.#enlistAnother(id, options);
    }
    throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
  }

  /** Puts a user on the list if they are an active admin now; without effect when the list changes meanwhile. */
  async enlist(id: string, options: OperationOptions): Promise<void> {
    const { ids, revision } = await this.#read(options);
    if (ids.includes(id)) return;
    // A call that withdrew this user and has not yet written them will find another fence, and begin anew.
    const fenced = await this.users.updateOne({ _id: id, ...ACTIVE_ADMIN }, { $inc: { fence: 1 } }, options).exec();
    if (fenced.matchedCount === 0) return;
    await this.admins
      .updateOne({ _id: LIST_ID, revision }, { $addToSet: { ids: id }, $inc: { revision: 1 } }, options)
      .exec();
  }

  async #enlistAnother(id: string, options: OperationOptions): Promise<void> {
    const others = { ...ACTIVE_ADMIN, _id: trusted({ $ne: id }) };
    const find = () => this.users.find(others, { _id: 1 }, options).limit(CANDIDATES).lean().exec();
    if ((await find()).length === 0) throw new AuthError('LAST_ADMIN');
    // They may be about to be removed: enlisting them at once would only make that removal begin anew.
    await pause(IN_FLIGHT_MS * (0.5 + Math.random()));
    const candidates = await find();
    if (candidates.length === 0) throw new AuthError('LAST_ADMIN');
    for (const { _id } of candidates) await this.enlist(_id, options);
  }

  async #read(options: OperationOptions): Promise<Pick<AdminsDocument, 'ids' | 'revision'>> {
    const list = await this.admins
      .findOneAndUpdate(
        { _id: LIST_ID },
        { $setOnInsert: { ids: [], revision: 0 } },
        { ...options, upsert: true, returnDocument: 'after' },
      )
      .lean()
      .exec();
    return list ?? { ids: [], revision: 0 };
  }
}
