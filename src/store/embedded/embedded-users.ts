import { comparisonKey } from '../../auth/accounts/names';
import type { ListUsersQuery, StoredUser, Users } from '../../auth/accounts/users';
import type { Call } from '../../auth/call';
import { AuthError } from '../../auth/errors';
import type { Engine } from './engine';
import { textKey } from './keys';
import { listUsers } from './list-users';
import type { Table, Tables } from './tables';

const ADMIN = 'admin';

export class EmbeddedUsers implements Users {
  constructor(private readonly engine: Engine) {}

  insert(user: StoredUser, call: Call): Promise<void> {
    const id = textKey(user.id);
    const emailKey = nameKey(user.email);
    const usernameKey = nameKey(user.username);
    return this.engine.write(call, (tables) => {
      if (tables.emails.doesExist(emailKey)) throw new AuthError('EMAIL_TAKEN');
      if (tables.usernames.doesExist(usernameKey)) throw new AuthError('USERNAME_TAKEN');
      if (tables.users.doesExist(id)) throw new Error('A user with this id exists');
      tables.emails.put(emailKey, user.id);
      tables.usernames.put(usernameKey, user.id);
      store(tables, user);
    });
  }

  findById(id: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => tables.users.get(textKey(id)));
  }

  findByEmail(email: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => named(tables, tables.emails, email));
  }

  findByUsername(username: string, call: Call): Promise<StoredUser | undefined> {
    return this.engine.read(call, (tables) => named(tables, tables.usernames, username));
  }

  list(query: ListUsersQuery, call: Call): Promise<StoredUser[]> {
    return listUsers(this.engine, query, call);
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
      return store(tables, { ...user, passwordHash: change.to, sessionEpoch });
    });
  }

  delete(id: string, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      const user = mustFind(tables, id);
      mustLeaveAnAdmin(tables, user);
      tables.emails.remove(nameKey(user.email));
      tables.usernames.remove(nameKey(user.username));
      tables.activeAdmins.remove(textKey(id));
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

/** Names are found by their comparison key; texts that differ only in what that key ignores are one name. */
function nameKey(name: string): Buffer {
  return textKey(comparisonKey(name));
}

function named(tables: Tables, index: Table<string>, name: string): StoredUser | undefined {
  const id = index.get(nameKey(name));
  return id === undefined ? undefined : tables.users.get(textKey(id));
}

function mustFind(tables: Tables, id: string): StoredUser {
  const user = tables.users.get(textKey(id));
  if (user === undefined) throw new AuthError('USER_NOT_FOUND');
  return user;
}

function store(tables: Tables, user: StoredUser): StoredUser {
  const id = textKey(user.id);
  tables.users.put(id, user);
  if (isActiveAdmin(user)) tables.activeAdmins.put(id, true);
  else tables.activeAdmins.remove(id);
  return user;
}

function isActiveAdmin(user: StoredUser): boolean {
  return user.active && user.roles.includes(ADMIN);
}

function mustLeaveAnAdmin(tables: Tables, leaving: StoredUser): void {
  if (isActiveAdmin(leaving) && tables.activeAdmins.getKeysCount({ limit: 2 }) < 2) throw new AuthError('LAST_ADMIN');
}
