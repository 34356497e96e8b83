import type { StoredUser } from '../../../auth/accounts/users';
import { pairKey, textKey } from '../engine/keys';
import type { Tables } from '../engine/tables';

/** See `Users.listDearestImported`: from the end of the index, one step a kind. */
export function dearestOfEachKind(tables: Tables): StoredUser[] {
  const found: StoredUser[] = [];
  let before: Buffer | undefined;
  for (;;) {
    const [key] = tables.importedHashes.getKeys({ reverse: true, limit: 1, ...(before && { start: before }) });
    if (key === undefined) return found;
    const [cost = '', id = ''] = key.toString().split('\0');
    const user = tables.users.get(textKey(id));
    if (user !== undefined) found.push(user);
    // Before every cost of this kind.
    before = textKey(cost.slice(0, cost.indexOf(':') + 1));
  }
}

/** Takes the user out of the index and gives it without its cost; the caller stores it, or deletes it. */
export function withoutImportedHash(tables: Tables, user: StoredUser): StoredUser {
  const { importedHashCost: cost, ...rest } = user;
  if (cost === undefined) return user;
  tables.importedHashes.remove(pairKey(cost, user.id));
  return rest;
}
