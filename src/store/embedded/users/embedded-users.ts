import {
  type FoundUsers,
  type ImportAnswer,
  type ListUsersQuery,
  publicUser,
  type SearchUsersQuery,
  type StoredUser,
  type User,
  type Users,
} from '../../../auth/accounts/users';
import { isActiveAdmin } from '../../../auth/admin/active-admin';
import type { Call } from '../../../auth/call';
import { AuthError } from '../../../auth/errors';
import type { EndingSessions } from '../../../auth/sessions/stored-sessions';
import type { Engine } from '../engine/engine';
import { textKey } from '../engine/keys';
import { dearestOfEachKind, withoutImportedHash } from './imported-hashes';
import { listUsers } from './list-users';
import { keyOfEmail, keyOfUsername } from './name-keys';
import { searchUsers } from './search-users';
import { writeLabels } from './user-labels';
import {
  buildKeys,
  findByKey,
  findImported,
  findOrThrow,
  findTaken,
  insertUser,
  putUser,
  removeName,
  throwIfLastAdmin,
} from './user-rows';

export class EmbeddedUsers implements Users {
  constructor(private readonly engine: Engine) {}

  insert(user: StoredUser, call: Call): Promise<void> {
    const keys = buildKeys(user);
    return this.engine.write(call, (tables) => {
      const taken = findTaken(tables, keys);
      if (taken !== undefined) throw new AuthError(taken);
      insertUser(tables, user, keys);
    });
  }

  import(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    // Folding the names takes longer than storing them; no other write is to wait for it.
    const keyed = users.map((user) => ({ user, keys: buildKeys(user) }));
    return this.engine.write(call, (tables) =>
      keyed.map(({ user, keys }) => {
        const answer = findImported(tables, keys) ?? findTaken(tables, keys);
        if (answer !== undefined) return answer;
        insertUser(tables, user, keys);
        return 'imported';
      }),
    );
  }

  tryImport(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    const keyed = users.map(buildKeys);
    return this.engine.read(call, (tables) =>
      keyed.map((keys) => findImported(tables, keys) ?? findTaken(tables, keys) ?? 'imported'),
    );
  }

  findByExternalIds(externalIds: readonly string[], call: Call): Promise<Map<string, StoredUser>> {
    return this.engine.read(call, (tables) => {
      const found = externalIds.map((id) => [id, findByKey(tables, tables.externalIds, textKey(id))] as const);
      return new Map(found.filter((each): each is readonly [string, StoredUser] => each[1] !== undefined));
    });
  }

  listDearestImported(call: Call): Promise<Pick<StoredUser, 'passwordHash' | 'importedHashCost'>[]> {
    return this.engine.read(call, dearestOfEachKind);
  }

  findById(id: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => tables.users.get(textKey(id)));
  }

  findByEmail(email: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => findByKey(tables, tables.emails, keyOfEmail(email)));
  }

  findByUsername(username: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => findByKey(tables, tables.usernames, keyOfUsername(username)));
  }

  list(query: ListUsersQuery, call: Call): Promise<StoredUser[]> {
    return listUsers(this.engine, query, call);
  }

  async listPublic(query: ListUsersQuery, call: Call): Promise<User[]> {
    return (await this.list(query, call)).map(publicUser);
  }

  search(query: SearchUsersQuery, call: Call): Promise<FoundUsers> {
    return searchUsers(this.engine, query, call);
  }

  setRoles(id: string, roles: readonly string[], call: Call): Promise<StoredUser> {
    return this.#change(id, call, (user) => ({ ...user, roles: [...roles], version: user.version + 1 }));
  }

  setActive(id: string, active: boolean, call: Call): Promise<StoredUser> {
    return this.#change(id, call, (user) => {
      const sessionEpoch = active ? user.sessionEpoch : user.sessionEpoch + 1;
      return { ...user, active, sessionEpoch, version: user.version + 1 };
    });
  }

  addEndingSessions(id: string, ending: EndingSessions, call: Call): Promise<readonly EndingSessions[]> {
    return this.#changeEnding(id, call, (all) => [...all, ending]);
  }

  async removeEndingSessions(id: string, endingId: string, call: Call): Promise<void> {
    await this.#changeEnding(id, call, (all) => all.filter((each) => each.id !== endingId));
  }

  replacePasswordHash(
    id: string,
    change: { from: string; to: string; voidSessions: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    return this.engine.write(call, (tables) => {
      const user = tables.users.get(textKey(id));
      if (user === undefined || user.passwordHash !== change.from) return undefined;
      const sessionEpoch = user.sessionEpoch + (change.voidSessions ? 1 : 0);
      return putUser(tables, { ...withoutImportedHash(tables, user), passwordHash: change.to, sessionEpoch });
    });
  }

  setPasswordHash(
    id: string,
    change: { to: string; epoch: number; email: string; provesEmail: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    const { to, epoch, email, provesEmail } = change;
    return this.engine.write(call, (tables) => {
      const user = tables.users.get(textKey(id));
      if (user === undefined || user.sessionEpoch !== epoch || user.email !== email) return undefined;
      const emailVerified = user.emailVerified || provesEmail;
      const changed = { passwordHash: to, emailVerified, sessionEpoch: epoch + 1 };
      return putUser(tables, { ...withoutImportedHash(tables, user), ...changed });
    });
  }

  replaceEmail(
    id: string,
    change: { from: string; to: string; epoch: number; verified: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    const { from, to, epoch, verified } = change;
    const [before, after] = [keyOfEmail(from), keyOfEmail(to)];
    return this.engine.write(call, (tables) => {
      const user = tables.users.get(textKey(id));
      if (user === undefined || user.sessionEpoch !== epoch || user.email !== from) return undefined;
      const holder = tables.emails.get(after);
      if (holder !== undefined && holder !== id) throw new AuthError('EMAIL_TAKEN');
      removeName(tables.emails, before, id);
      tables.emails.put(after, id);
      return putUser(tables, { ...user, email: to, emailVerified: verified });
    });
  }

  delete(id: string, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      const user = findOrThrow(tables, id);
      throwIfLastAdmin(tables, user);
      if (user.email !== '') removeName(tables.emails, keyOfEmail(user.email), id);
      removeName(tables.usernames, keyOfUsername(user.username), id);
      if (user.externalId !== undefined) tables.externalIds.remove(textKey(user.externalId));
      withoutImportedHash(tables, user);
      tables.activeAdmins.remove(textKey(id));
      writeLabels(tables, user, undefined);
      tables.users.remove(textKey(id));
    });
  }

  #changeEnding(
    id: string,
    call: Call,
    change: (all: readonly EndingSessions[]) => readonly EndingSessions[],
  ): Promise<readonly EndingSessions[]> {
    return this.engine.write(call, (tables) => {
      const user = tables.users.get(textKey(id));
      if (user === undefined) return [];
      const { endingSessions = [], ...rest } = user;
      const changed = change(endingSessions);
      putUser(tables, changed.length === 0 ? rest : { ...rest, endingSessions: changed });
      return endingSessions;
    });
  }

  #change(id: string, call: Call, change: (user: StoredUser) => StoredUser): Promise<StoredUser> {
    return this.engine.write(call, (tables) => {
      const user = findOrThrow(tables, id);
      const changed = change(user);
      if (!isActiveAdmin(changed)) throwIfLastAdmin(tables, user);
      return putUser(tables, changed);
    });
  }
}
