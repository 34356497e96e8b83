import type {
  FoundUsers,
  ImportAnswer,
  ListUsersQuery,
  SearchUsersQuery,
  StoredUser,
  Users,
} from '../../auth/accounts/users';
import type { Call } from '../../auth/call';
import { AuthError } from '../../auth/errors';
import type { Engine } from './engine';
import { dearestOfEachKind, withoutImportedHash } from './imported-hashes';
import { pairKey, textKey } from './keys';
import { listUsers } from './list-users';
import { keyOfEmail, keyOfUsername } from './name-keys';
import { searchUsers } from './search-users';
import type { Table, Tables } from './tables';
import { writeLabels } from './user-labels';

const ADMIN = 'admin';

export class EmbeddedUsers implements Users {
  constructor(private readonly engine: Engine) {}

  insert(user: StoredUser, call: Call): Promise<void> {
    const keys = keysOf(user);
    return this.engine.write(call, (tables) => {
      const taken = findTaken(tables, keys);
      if (taken !== undefined) throw new AuthError(taken);
      add(tables, user, keys);
    });
  }

  import(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    // Folding the names takes longer than storing them; nobody else's write is to wait for it.
    const keyed = users.map((user) => ({ user, keys: keysOf(user) }));
    return this.engine.write(call, (tables) =>
      keyed.map(({ user, keys }) => {
        const answer = findImported(tables, keys) ?? findTaken(tables, keys);
        if (answer !== undefined) return answer;
        add(tables, user, keys);
        return 'imported';
      }),
    );
  }

  tryImport(users: readonly StoredUser[], call: Call): Promise<ImportAnswer[]> {
    const keyed = users.map(keysOf);
    return this.engine.read(call, (tables) =>
      keyed.map((keys) => findImported(tables, keys) ?? findTaken(tables, keys) ?? 'imported'),
    );
  }

  findByExternalIds(externalIds: readonly string[], call: Call): Promise<Map<string, StoredUser>> {
    return this.engine.read(call, (tables) => {
      const found = externalIds.map((id) => [id, named(tables, tables.externalIds, textKey(id))] as const);
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
    return this.engine.read(call, (tables) => named(tables, tables.emails, keyOfEmail(email)));
  }

  findByUsername(username: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => named(tables, tables.usernames, keyOfUsername(username)));
  }

  list(query: ListUsersQuery, call: Call): Promise<StoredUser[]> {
    return listUsers(this.engine, query, call);
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

  replacePasswordHash(
    id: string,
    change: { from: string; to: string; voidSessions: boolean },
    call: Call,
  ): Promise<StoredUser | undefined> {
    return this.engine.write(call, (tables) => {
      const user = tables.users.get(textKey(id));
      if (user === undefined || user.passwordHash !== change.from) return undefined;
      const sessionEpoch = user.sessionEpoch + (change.voidSessions ? 1 : 0);
      return store(tables, { ...withoutImportedHash(tables, user), passwordHash: change.to, sessionEpoch });
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
      return store(tables, { ...withoutImportedHash(tables, user), ...changed });
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
      return store(tables, { ...user, email: to, emailVerified: verified });
    });
  }

  delete(id: string, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      const user = mustFind(tables, id);
      mustLeaveAnAdmin(tables, user);
      if (user.email !== '') removeName(tables.emails, keyOfEmail(user.email), id);
      removeName(tables.usernames, keyOfUsername(user.username), id);
      if (user.externalId !== undefined) tables.externalIds.remove(textKey(user.externalId));
      withoutImportedHash(tables, user);
      tables.activeAdmins.remove(textKey(id));
      writeLabels(tables, user, undefined);
      tables.users.remove(textKey(id));
    });
  }

  #change(id: string, call: Call, change: (user: StoredUser) => StoredUser): Promise<StoredUser> {
    return this.engine.write(call, (tables) => {
      const user = mustFind(tables, id);
      const changed = change(user);
      if (!isActiveAdmin(changed)) mustLeaveAnAdmin(tables, user);
      return store(tables, changed);
    });
  }
}

interface UserKeys {
  /** Undefined: a service account. */
  readonly email: Buffer | undefined;
  readonly username: Buffer;
  /** Undefined: not imported. */
  readonly externalId: Buffer | undefined;
}

function keysOf({ email, username, externalId }: StoredUser): UserKeys {
  return {
    email: email === '' ? undefined : keyOfEmail(email),
    username: keyOfUsername(username),
    externalId: externalId === undefined ? undefined : textKey(externalId),
  };
}

function findTaken(tables: Tables, { email, username }: UserKeys): 'EMAIL_TAKEN' | 'USERNAME_TAKEN' | undefined {
  if (email !== undefined && tables.emails.doesExist(email)) return 'EMAIL_TAKEN';
  return tables.usernames.doesExist(username) ? 'USERNAME_TAKEN' : undefined;
}

function findImported(tables: Tables, { externalId }: UserKeys): StoredUser | undefined {
  return externalId && named(tables, tables.externalIds, externalId);
}

function add(tables: Tables, user: StoredUser, keys: UserKeys): void {
  if (tables.users.doesExist(textKey(user.id))) throw new Error('A user with this id exists');
  if (keys.email !== undefined) tables.emails.put(keys.email, user.id);
  tables.usernames.put(keys.username, user.id);
  if (keys.externalId !== undefined) tables.externalIds.put(keys.externalId, user.id);
  if (user.importedHashCost !== undefined) tables.importedHashes.put(pairKey(user.importedHashCost, user.id), true);
  store(tables, user);
}

/** A key may be another user's: see rekey-names.ts. */
function removeName(index: Table<string>, key: Buffer, userId: string): void {
  if (index.get(key) === userId) index.remove(key);
}

function named(tables: Tables, index: Table<string>, key: Buffer): StoredUser | undefined {
  const id = index.get(key);
  return id === undefined ? undefined : tables.users.get(textKey(id));
}

function mustFind(tables: Tables, id: string): StoredUser {
  const user = tables.users.get(textKey(id));
  if (user === undefined) throw new AuthError('USER_NOT_FOUND');
  return user;
}

function store(tables: Tables, user: StoredUser): StoredUser {
  const id = textKey(user.id);
  writeLabels(tables, tables.users.get(id), user);
  tables.users.put(id, user);
  if (isActiveAdmin(user)) tables.activeAdmins.put(id, true);
  else tables.activeAdmins.remove(id);
  return user;
}

/** A service account does not count: nobody can sign in as one. */
function isActiveAdmin(user: StoredUser): boolean {
  return user.active && user.roles.includes(ADMIN) && user.kind !== 'service';
}

function mustLeaveAnAdmin(tables: Tables, leaving: StoredUser): void {
  if (isActiveAdmin(leaving) && tables.activeAdmins.getKeysCount({ limit: 2 }) < 2) throw new AuthError('LAST_ADMIN');
}
