import { type Model, type QueryFilter, trusted, type UpdateQuery } from 'mongoose';
import { comparisonKey, emailKey } from '../../auth/accounts/names';
import type {
  FoundUsers,
  ImportAnswer,
  ListUsersQuery,
  SearchUsersQuery,
  StoredUser,
  Users,
} from '../../auth/accounts/users';
import { ADMIN_ROLE } from '../../auth/admin/authorize';
import type { Call } from '../../auth/call';
import { AuthError } from '../../auth/errors';
import type { AdminList } from './admin-list';
import type { CommandBatcher } from './command-batcher';
import { findEach } from './find-each';
import { findHolders, importInto, listDearest } from './import-users';
import { insertInto, type UserDocument } from './models';
import { duringCall, type OperationOptions } from './operation';
import { searchUsers } from './search-users';
import { queryableId, queryableText } from './shapes';
import { duplicateKeyField } from './store-errors';
import { toStoredUser, toUserDocument } from './user-documents';

/** What goes with a hash that is replaced. */
const COST_OF_HASH = { importedHashCost: '' } as const;
const ATTEMPTS = 20;

export class MongoUsers implements Users {
  readonly #byId: CommandBatcher<string, StoredUser | undefined>;
  readonly #byEmail: CommandBatcher<string, StoredUser | undefined>;
  readonly #byUsername: CommandBatcher<string, StoredUser | undefined>;

  constructor(
    private readonly model: Model<UserDocument>,
    private readonly adminList: AdminList,
    private readonly onProblem: (problem: string, cause: unknown) => void,
  ) {
    this.#byId = findEach(model, '_id', toStoredUser);
    this.#byEmail = findEach(model, 'emailKey', toStoredUser);
    this.#byUsername = findEach(model, 'usernameKey', toStoredUser);
  }

  insert(user: StoredUser, call: Call): Promise<void> {
    const document = toUserDocument(user);
    return duringCall(call, async (options) => {
      try {
        await insertInto(this.model, document, options);
      } catch (error) {
        const field = duplicateKeyField(error);
        if (field === 'emailKey') throw new AuthError('EMAIL_TAKEN');
        if (field !== 'usernameKey') throw error;
        throw new AuthError((await this.#isTaken(document.emailKey, options)) ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN');
      }
      await this.#enlistAdmin(user, options);
    });
  }

  async import(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    return duringCall(call, async (options) => {
      const answers = await importInto(this.model, users.map(toUserDocument), toStoredUser, options);
      for (const [i, user] of users.entries()) if (answers[i] === 'imported') await this.#enlistAdmin(user, options);
      return answers;
    });
  }

  async tryImport(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    const documents = users.map(toUserDocument);
    const answer = await duringCall(call, (options) => findHolders(this.model, documents, toStoredUser, options));
    return documents.map(answer);
  }

  async findByExternalIds(externalIds: readonly string[], call: Call): Promise<Map<string, StoredUser>> {
    if (externalIds.length === 0) return new Map();
    const oneOf = trusted({ $in: externalIds.map(queryableText) });
    const found = await duringCall(call, (options) =>
      this.model.find({ externalId: oneOf }, null, options).lean().exec(),
    );
    return new Map(found.map((document) => [document.externalId ?? '', toStoredUser(document)]));
  }

  listDearestImported(call: Call): Promise<Pick<StoredUser, 'passwordHash' | 'importedHashCost'>[]> {
    return duringCall(call, (options) => listDearest(this.model, options));
  }

  findById(id: string, call: Call): Promise<StoredUser | undefined> {
    return this.#byId.run(queryableId(id), call);
  }

  findByEmail(email: string, call: Call): Promise<StoredUser | undefined> {
    return this.#byEmail.run(emailKey(queryableText(email)), call);
  }

  findByUsername(username: string, call: Call): Promise<StoredUser | undefined> {
    return this.#byUsername.run(comparisonKey(queryableText(username)), call);
  }

  async list({ label, after, limit }: ListUsersQuery, call: Call): Promise<StoredUser[]> {
    if (limit <= 0) return [];
    const filter = {
      ...(label === undefined ? {} : 'role' in label ? { roles: queryableText(label.role) } : { kind: label.kind }),
      ...(after === undefined ? {} : { _id: trusted({ $gt: queryableId(after) }) }),
    };
    const found = await duringCall(call, (options) =>
      this.model.find(filter, null, options).sort({ _id: 1 }).limit(limit).lean().exec(),
    );
    return found.map(toStoredUser);
  }

  search(query: SearchUsersQuery, call: Call): Promise<FoundUsers> {
    return duringCall(call, (options) => searchUsers(this.model, query, options));
  }

  setRoles(id: string, roles: readonly string[], call: Call): Promise<StoredUser> {
    return this.#change(id, { roles }, { version: 1 }, call);
  }

  setActive(id: string, active: boolean, call: Call): Promise<StoredUser> {
    return this.#change(id, { active }, active ? { version: 1 } : { version: 1, sessionEpoch: 1 }, call);
  }

  async replacePasswordHash(
    id: string,
    change: { from: string; to: string; voidSessions: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    const { from, to, voidSessions } = change;
    const condition = { _id: queryableId(id), passwordHash: queryableText(from) };
    const $inc = { sessionEpoch: voidSessions ? 1 : 0 };
    return this.#updateIf(condition, { $set: { passwordHash: to }, $unset: COST_OF_HASH, $inc }, call);
  }

  async setPasswordHash(
    id: string,
    change: { to: string; epoch: number; email: string; provesEmail: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    const { to, epoch, email, provesEmail } = change;
    const condition = { _id: queryableId(id), sessionEpoch: epoch, email: queryableText(email) };
    const $set = { passwordHash: to, ...(provesEmail ? { emailVerified: true } : {}) };
    return this.#updateIf(condition, { $set, $unset: COST_OF_HASH, $inc: { sessionEpoch: 1 } }, call);
  }

  async replaceEmail(
    id: string,
    change: { from: string; to: string; epoch: number; verified: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    const { from, to, epoch, verified } = change;
    const condition = { _id: queryableId(id), sessionEpoch: epoch, email: queryableText(from) };
    const $set = { email: to, emailKey: emailKey(to), emailVerified: verified };
    return this.#updateIf(condition, { $set }, call).catch((error: unknown) => {
      throw duplicateKeyField(error) === 'emailKey' ? new AuthError('EMAIL_TAKEN') : error;
    });
  }

  async delete(id: string, call: Call): Promise<void> {
    await this.#guarded(
      id,
      () => false,
      call,
      async (condition, options) => {
        const deleted = await this.model.findOneAndDelete(condition, options).lean().exec();
        return deleted === null ? undefined : toStoredUser(deleted);
      },
    );
  }

  /** Changes the user that meets the condition, in one write; undefined when none does. */
  async #updateIf(
    condition: QueryFilter<UserDocument>,
    update: UpdateQuery<UserDocument>,
    call: Call,
  ): Promise<StoredUser | undefined> {
    const changed = await duringCall(call, (options) =>
      this.model
        .findOneAndUpdate(condition, update, { ...options, returnDocument: 'after' })
        .lean()
        .exec(),
    );
    return changed === null ? undefined : toStoredUser(changed);
  }

  async #change(
    id: string,
    set: { roles: readonly string[] } | { active: boolean },
    increments: { version: number; sessionEpoch?: number },
    call: Call,
  ): Promise<StoredUser> {
    const staysAdmin = (user: StoredUser) => isActiveAdmin({ ...user, ...set });
    return this.#guarded(id, staysAdmin, call, async (condition, options) => {
      const changed = await this.model
        .findOneAndUpdate(condition, { $set: set, $inc: increments }, { ...options, returnDocument: 'after' })
        .lean()
        .exec();
      if (changed === null) return undefined;
      await this.#enlistAdmin(changed, options);
      return toStoredUser(changed);
    });
  }

  /**
   * Writes a user under the condition that they are still what they were when it was decided whether the last admin
   * would go. Begins anew when they are not.
   */
  #guarded(
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

  /** The change is done already: an admin who is not listed now will be when it matters. */
  async #enlistAdmin(
    user: { _id?: string; id?: string } & Pick<StoredUser, 'active' | 'roles' | 'kind'>,
    options: OperationOptions,
  ) {
    const id = user._id ?? user.id;
    if (id === undefined || !isActiveAdmin(user)) return;
    await this.adminList.enlist(id, options).catch((error: unknown) => {
      this.onProblem('A new admin could not be listed yet', error);
    });
  }

  async #isTaken(key: string, options: OperationOptions): Promise<boolean> {
    return (await this.model.findOne({ emailKey: key }, { _id: 1 }, options).lean().exec()) !== null;
  }
}

function isActiveAdmin(user: Pick<StoredUser, 'active' | 'roles' | 'kind'>): boolean {
  return user.active && user.roles.includes(ADMIN_ROLE) && user.kind !== 'service';
}
