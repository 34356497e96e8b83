import { hasPrefix } from '../auth/accounts/names';
import type { FoundUsers, NamePosition, SearchUsersQuery, User } from '../auth/accounts/users';

type Name = NamePosition['name'];

/** An entry of an index of names. */
export interface NameEntry {
  readonly key: Buffer;
  readonly userId: string;
  /** Where it costs less to read it with the name. */
  readonly user?: User;
}

export interface NameIndexes {
  /** The first `limit` entries of an index that begin with the prefix and come after `start`, in the order of keys. */
  readNames(name: Name, start: Start | undefined, limit: number): Promise<NameEntry[]>;
  /** Those that are there, by their ids. */
  readUsers(ids: readonly string[]): Promise<ReadonlyMap<string, User>>;
  /** Of a name that the user has. */
  buildKey(user: User, name: Name): Buffer;
}

export interface Start {
  readonly key: Buffer;
  /** Whether an entry with this very key counts. */
  readonly isIncluded: boolean;
}

/**
 * `Users.search`, by a merge of the two indexes: an email comes before a username of the same key. No more entries are
 * read of either than the page has rows, and one that shows whether it goes on; users are read once it is known which
 * entries the page looks at, since most stand in both indexes.
 */
export async function searchByName(
  { prefix, after, limit }: SearchUsersQuery,
  { readNames, readUsers, buildKey }: NameIndexes,
): Promise<FoundUsers> {
  const wanted = Math.max(0, limit) + 1;
  const readEntries = async (name: Name) => {
    const entries = await readNames(name, after && startIn(name, after), wanted);
    return entries.map(({ key, userId, user }) => ({ userId, user, position: { name, key } }));
  };
  const indexes = await Promise.all([readEntries('email'), readEntries('username')]);
  // From the last entry that was read of an index on, its next ones would have to be known.
  const [end] = indexes.flatMap((entries) => entries[wanted - 1]?.position ?? []).sort(comparePositions);
  const page = indexes
    .flat()
    .filter(({ position }) => end === undefined || comparePositions(position, end) < 0)
    .sort((a, b) => comparePositions(a.position, b.position));
  const users = await completeUsers(page, readUsers);
  const found: FoundUsers['found'][number][] = [];
  let looked = 0;
  for (const { userId, position } of page) {
    if (found.length === limit) break;
    looked += 1;
    const user = users.get(userId);
    if (user !== undefined && isListedHere(user, position, prefix, buildKey)) found.push({ user, position });
  }
  const goesOn = looked < page.length || end !== undefined;
  return { found, next: goesOn ? (page[looked - 1]?.position ?? after) : undefined };
}

/** The users of these entries; those that were not read with a name are read now. */
async function completeUsers(
  page: readonly { readonly userId: string; readonly user: User | undefined }[],
  readUsers: NameIndexes['readUsers'],
): Promise<ReadonlyMap<string, User>> {
  const users = new Map(page.flatMap(({ userId, user }) => (user === undefined ? [] : [[userId, user] as const])));
  const missing = new Set(page.flatMap(({ userId }) => (users.has(userId) ? [] : [userId])));
  if (missing.size > 0) for (const [id, user] of await readUsers([...missing])) users.set(id, user);
  return users;
}

function startIn(name: Name, after: NamePosition): Start {
  return { key: Buffer.from(after.key), isIncluded: name === 'username' && after.name === 'email' };
}

function comparePositions(a: NamePosition, b: NamePosition): number {
  return Buffer.compare(a.key, b.key) || (a.name === b.name ? 0 : a.name === 'email' ? -1 : 1);
}

/** Whether the name at this position matches, and the user is not listed at the position of the other one. */
function isListedHere(user: User, position: NamePosition, prefix: string, buildKey: NameIndexes['buildKey']): boolean {
  if (!hasPrefix(user, position.name, prefix)) return false;
  const name = position.name === 'email' ? 'username' : 'email';
  return !hasPrefix(user, name, prefix) || comparePositions(position, { name, key: buildKey(user, name) }) < 0;
}
