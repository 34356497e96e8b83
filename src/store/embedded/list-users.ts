import { setImmediate as nextTurn } from 'node:timers/promises';
import { comparisonKey, emailKey } from '../../auth/accounts/names';
import type { ListUsersQuery, StoredUser } from '../../auth/accounts/users';
import type { Deadline, Engine } from './engine';
import { startingWith, textKey } from './keys';
import type { Tables } from './tables';

/**
 * Up to so many names the indexes are read; a prefix of more users than that is common enough to be met in the order of
 * ids.
 */
const MOST_INDEXED = 2000;
/** Rows looked at before other calls get their turn. */
const STRETCH = 500;

/** `Users.list`. */
export async function listUsers(engine: Engine, query: ListUsersQuery, deadline: Deadline): Promise<StoredUser[]> {
  if (query.limit <= 0) return [];
  const prefix = { ofEmail: emailKey(query.prefix), ofUsername: comparisonKey(query.prefix) };
  const matches = (user: StoredUser) =>
    emailKey(user.email).startsWith(prefix.ofEmail) || comparisonKey(user.username).startsWith(prefix.ofUsername);
  if (query.prefix === '') return scan(engine, query, () => true, deadline);
  const found = await engine.read(deadline, (tables) => indexed(tables, prefix, query, matches));
  return found ?? scan(engine, query, matches, deadline);
}

/** By way of the indexes; undefined when there are too many. */
function indexed(
  tables: Tables,
  prefix: { readonly ofEmail: string; readonly ofUsername: string },
  { after, limit }: ListUsersQuery,
  matches: (user: StoredUser) => boolean,
): StoredUser[] | undefined {
  const ids = new Set<string>();
  for (const [index, start] of [
    [tables.emails, prefix.ofEmail],
    [tables.usernames, prefix.ofUsername],
  ] as const) {
    const range = { ...startingWith(indexPrefix(start)), limit: MOST_INDEXED + 1 };
    for (const { value: id } of index.getRange(range)) ids.add(id);
    if (ids.size > MOST_INDEXED) return undefined;
  }
  const users: StoredUser[] = [];
  for (const id of [...ids].filter((one) => after === undefined || one > after).sort()) {
    const user = tables.users.get(textKey(id));
    if (user !== undefined && matches(user)) users.push(user);
    if (users.length === limit) break;
  }
  return users;
}

/** What the keys of the indexes begin with; of a very long prefix only the part that they hold as it is. */
function indexPrefix(prefix: string): Buffer {
  return Buffer.from(prefix, 'utf8').subarray(0, 900);
}

async function scan(
  engine: Engine,
  query: ListUsersQuery,
  matches: (user: StoredUser) => boolean,
  deadline: Deadline,
): Promise<StoredUser[]> {
  const users: StoredUser[] = [];
  let after = query.after === undefined ? undefined : textKey(query.after);
  for (;;) {
    const range = { ...(after && { start: after, exclusiveStart: true }), limit: STRETCH };
    const stretch = await engine.read(deadline, ({ users: table }) => [...table.getRange(range)]);
    for (const { value } of stretch) {
      if (matches(value)) users.push(value);
      if (users.length === query.limit) return users;
    }
    const last = stretch.at(-1);
    if (last === undefined || stretch.length < STRETCH) return users;
    after = last.key;
    await nextTurn();
  }
}
