import type { StoredUser } from '../../../auth/accounts/users';
import { isActiveAdmin } from '../../../auth/admin/active-admin';
import { AuthError } from '../../../auth/errors';
import { pairKey, textKey } from '../engine/keys';
import type { Table, Tables } from '../engine/tables';
import { keyOfEmail, keyOfUsername } from './name-keys';
import { writeLabels } from './user-labels';

// What a transaction does to the row of a user and to its indexes.

export interface UserKeys {
  /** Undefined: a service account. */
  readonly email: Buffer | undefined;
  readonly username: Buffer;
  /** Undefined: not imported. */
  readonly externalId: Buffer | undefined;
}

/** Folds the names: to be called outside a transaction. */
export function buildKeys({ email, username, externalId }: StoredUser): UserKeys {
  return {
    email: email === '' ? undefined : keyOfEmail(email),
    username: keyOfUsername(username),
    externalId: externalId === undefined ? undefined : textKey(externalId),
  };
}

export function findTaken(tables: Tables, { email, username }: UserKeys): 'EMAIL_TAKEN' | 'USERNAME_TAKEN' | undefined {
  if (email !== undefined && tables.emails.doesExist(email)) return 'EMAIL_TAKEN';
  return tables.usernames.doesExist(username) ? 'USERNAME_TAKEN' : undefined;
}

export function findImported(tables: Tables, { externalId }: UserKeys): StoredUser | undefined {
  return externalId && findByKey(tables, tables.externalIds, externalId);
}

/** Writes a new user; `findTaken` has found nothing. */
export function insertUser(tables: Tables, user: StoredUser, keys: UserKeys): void {
  if (tables.users.doesExist(textKey(user.id))) throw new Error('A user with this id exists');
  if (keys.email !== undefined) tables.emails.put(keys.email, user.id);
  tables.usernames.put(keys.username, user.id);
  if (keys.externalId !== undefined) tables.externalIds.put(keys.externalId, user.id);
  if (user.importedHashCost !== undefined) tables.importedHashes.put(pairKey(user.importedHashCost, user.id), true);
  writeRow(tables, undefined, user);
}

/** A key may be another user's: see rekey-names.ts. */
export function removeName(index: Table<string>, key: Buffer, userId: string): void {
  if (index.get(key) === userId) index.remove(key);
}

export function findByKey(tables: Tables, index: Table<string>, key: Buffer): StoredUser | undefined {
  const id = index.get(key);
  return id === undefined ? undefined : tables.users.get(textKey(id));
}

/** @throws AuthError USER_NOT_FOUND */
export function findOrThrow(tables: Tables, id: string): StoredUser {
  const user = tables.users.get(textKey(id));
  if (user === undefined) throw new AuthError('USER_NOT_FOUND');
  return user;
}

/** Writes a user whose names have not changed, with what is indexed of the rest; returns them. */
export function putUser(tables: Tables, user: StoredUser): StoredUser {
  writeRow(tables, tables.users.get(textKey(user.id)), user);
  return user;
}

function writeRow(tables: Tables, before: StoredUser | undefined, user: StoredUser): void {
  const id = textKey(user.id);
  writeLabels(tables, before, user);
  tables.users.put(id, user);
  if (isActiveAdmin(user)) tables.activeAdmins.put(id, true);
  else if (before !== undefined) tables.activeAdmins.remove(id);
}

/** @throws AuthError LAST_ADMIN when no other active admin would be left */
export function throwIfLastAdmin(tables: Tables, leaving: StoredUser): void {
  if (isActiveAdmin(leaving) && tables.activeAdmins.getKeysCount({ limit: 2 }) < 2) throw new AuthError('LAST_ADMIN');
}
