import { type Model, type QueryFilter, trusted, type UpdateQuery } from 'mongoose';
import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import type {
  FoundUsers,
  ImportAnswer,
  ListUsersQuery,
  SearchUsersQuery,
  StoredUser,
  User,
  Users,
} from '../../../auth/accounts/users';
import type { Call } from '../../../auth/call';
import { AuthError } from '../../../auth/errors';
import type { EndingSessions } from '../../../auth/sessions/stored-sessions';
import { insertInto } from '../collections/documents';
import type { UserDocument } from '../collections/users';
import type { CommandBatcher } from '../commands/command-batcher';
import { findEach } from '../commands/find-each';
import { duringCall, type OperationOptions } from '../commands/operation';
import { queryableId, queryableText } from '../commands/shapes';
import { duplicateKeyField } from '../commands/store-errors';
import type { AdminList } from './admin-list';
import { findHolders, importInto, listDearest } from './import-users';
import { LastAdminGuard } from './last-admin-guard';
import { listUsers } from './list-users';
import { searchUsers } from './search-users';
import { LISTED_FIELDS, toPublicUser, toStoredUser, toUserDocument } from './user-documents';

/** What goes with a hash that is replaced. */
const COST_OF_HASH = { importedHashCost: '' } as const;

export class MongoUsers implements Users {
  readonly #byId: CommandBatcher<string, StoredUser | undefined>;
  readonly #byEmail: CommandBatcher<string, StoredUser | undefined>;
  readonly #byUsername: CommandBatcher<string, StoredUser | undefined>;
  readonly #lastAdmin: LastAdminGuard;

  constructor(
    private readonly model: Model<UserDocument>,
    adminList: AdminList,
    onProblem: (problem: string, cause: unknown) => void,
  ) {
    this.#byId = findEach(model, '_id', toStoredUser);
    this.#byEmail = findEach(model, 'emailKey', toStoredUser);
    this.#byUsername = findEach(model, 'usernameKey', toStoredUser);
    this.#lastAdmin = new LastAdminGuard(model, adminList, onProblem);
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
      await this.#lastAdmin.enlist(user, options);
    });
  }

  async import(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    return duringCall(call, async (options) => {
      const answers = await importInto(this.model, users.map(toUserDocument), toStoredUser, options);
      for (const [i, user] of users.entries())
        if (answers[i] === 'imported') await this.#lastAdmin.enlist(user, options);
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

  async list(query: ListUsersQuery, call: Call): Promise<StoredUser[]> {
    const found = await duringCall(call, (options) => listUsers(this.model, query, null, options));
    return found.map(toStoredUser);
  }

  async listPublic(query: ListUsersQuery, call: Call): Promise<User[]> {
    const found = await duringCall(call, (options) => listUsers(this.model, query, LISTED_FIELDS, options));
    return found.map(toPublicUser);
  }

  search(query: SearchUsersQuery, call: Call): Promise<FoundUsers> {
    return duringCall(call, (options) => searchUsers(this.model, query, options));
  }

  setRoles(id: string, roles: readonly string[], call: Call): Promise<StoredUser> {
    return this.#lastAdmin.change(id, { roles }, { version: 1 }, call);
  }

  setActive(id: string, active: boolean, call: Call): Promise<StoredUser> {
    return this.#lastAdmin.change(id, { active }, active ? { version: 1 } : { version: 1, sessionEpoch: 1 }, call);
  }

  async addEndingSessions(id: string, ending: EndingSessions, call: Call): Promise<readonly EndingSessions[]> {
    // By the driver: mongoose would make an object with getters of each.
    const before = await duringCall(call, (options) =>
      this.model.collection.findOneAndUpdate(
        { _id: queryableId(id) as never },
        { $push: { endingSessions: { ...ending } as never } },
        { ...options, projection: { endingSessions: 1 }, returnDocument: 'before' },
      ),
    );
    return (before as Pick<UserDocument, 'endingSessions'> | null)?.endingSessions ?? [];
  }

  async removeEndingSessions(id: string, endingId: string, call: Call): Promise<void> {
    await duringCall(call, (options) =>
      this.model.collection.updateOne(
        { _id: queryableId(id) as never },
        { $pull: { endingSessions: { id: queryableId(endingId) } as never } },
        options,
      ),
    );
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

  delete(id: string, call: Call): Promise<void> {
    return this.#lastAdmin.delete(id, call);
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

  async #isTaken(key: string, options: OperationOptions): Promise<boolean> {
    return (await this.model.findOne({ emailKey: key }, { _id: 1 }, options).lean().exec()) !== null;
  }
}
