import type { Model } from 'mongoose';
import type { StoredUser } from '../../../auth/accounts/users';
import { isActiveAdmin } from '../../../auth/admin/active-admin';
import type { Call } from '../../../auth/call';
import { AuthError } from '../../../auth/errors';
import type { UserDocument } from '../collections/users';
import { duringCall, type OperationOptions } from '../commands/operation';
import { queryableId } from '../commands/shapes';
import type { AdminList } from './admin-list';
import { toStoredUser } from './user-documents';

const ATTEMPTS = 20;

/** The writes that could leave no admin, and the list that they depend on; README.md, "The last admin". */
export class LastAdminGuard {
  constructor(
    private readonly model: Model<UserDocument>,
    private readonly adminList: AdminList,
    private readonly onProblem: (problem: string, cause: unknown) => void,
  ) {}

  /** @throws AuthError USER_NOT_FOUND, LAST_ADMIN */
  async change(
    id: string,
    set: { roles: readonly string[] } | { active: boolean },
    increments: { version: number; sessionEpoch?: number },
    call: Call,
  ): Promise<StoredUser> {
    const staysAdmin = (user: StoredUser) => isActiveAdmin({ ...user, ...set });
    return this.#write(id, staysAdmin, call, async (condition, options) => {
      const changed = await this.model
        .findOneAndUpdate(condition, { $set: set, $inc: increments }, { ...options, returnDocument: 'after' })
        .lean()
        .exec();
      if (changed === null) return undefined;
      const user = toStoredUser(changed);
      await this.enlist(user, options);
      return user;
    });
  }

  /** @throws AuthError USER_NOT_FOUND, LAST_ADMIN */
  async delete(id: string, call: Call): Promise<void> {
    await this.#write(
      id,
      () => false,
      call,
      async (condition, options) => {
        const deleted = await this.model.findOneAndDelete(condition, options).lean().exec();
        return deleted === null ? undefined : toStoredUser(deleted);
      },
    );
  }

  /** To be called after a write: an admin who cannot be listed now will be when it matters. */
  async enlist(user: StoredUser, options: OperationOptions): Promise<void> {
    if (!isActiveAdmin(user)) return;
    await this.adminList.enlist(user.id, options).catch((error: unknown) => {
      this.onProblem('A new admin could not be listed yet', error);
    });
  }

  /**
   * Optimistic locking: writes a user under the condition that they are still what they were when it was decided
   * whether the last admin would go, and begins anew when they are not.
   */
  #write(
    id: string,
    staysAdmin: (user: StoredUser) => boolean,
    call: Call,
    write: (
      condition: { _id: string; version: number; fence: number },
      options: OperationOptions,
    ) => Promise<StoredUser | undefined>,
  ): Promise<StoredUser> {
    return duringCall(call, async (options) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const user = await this.model
          .findOne({ _id: queryableId(id) }, null, options)
          .lean()
          .exec();
        if (user === null) throw new AuthError('USER_NOT_FOUND');
        if (isActiveAdmin(user) && !staysAdmin(toStoredUser(user))) await this.adminList.withdraw(id, options);
        const written = await write({ _id: id, version: user.version, fence: user.fence }, options);
        if (written !== undefined) return written;
      }
      throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    });
  }
}
