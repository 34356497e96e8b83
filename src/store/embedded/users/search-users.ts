import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import { type FoundUsers, publicUser, type SearchUsersQuery, type User } from '../../../auth/accounts/users';
import { nextIteration, ROWS_AT_ONCE } from '../../../auth/next-iteration';
import { type NameEntry, type NameIndexes, searchByName } from '../../search-by-name';
import type { Deadline, Engine } from '../engine/engine';
import { LONGEST_KEY, startingWith, textKey } from '../engine/keys';
import { keyOfEmail, keyOfUsername } from './name-keys';

/** `Users.search`. */
export function searchUsers(engine: Engine, query: SearchUsersQuery, deadline: Deadline): Promise<FoundUsers> {
  const readNames: NameIndexes['readNames'] = (name, start, limit) =>
    engine.read(deadline, ({ emails, usernames }) => {
      const [index, prefix] =
        name === 'email' ? [emails, emailKey(query.prefix)] : [usernames, comparisonKey(query.prefix)];
      const { start: first, end } = startingWith(indexPrefix(prefix));
      const isInside = start !== undefined && Buffer.compare(start.key, first) >= 0;
      // A page token may be made up, and longer than a key can be.
      const from = isInside
        ? { start: start.key.subarray(0, LONGEST_KEY), exclusiveStart: !start.isIncluded }
        : { start: first };
      const entries: NameEntry[] = [];
      for (const { key, value: id } of index.getRange({ ...from, end, limit })) {
        entries.push({ key: Buffer.from(key), userId: id });
      }
      return entries;
    });
  const readUsers: NameIndexes['readUsers'] = async (ids) => {
    const found = new Map<string, User>();
    for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
      if (at > 0) await nextIteration();
      await engine.read(deadline, ({ users }) => {
        for (const id of ids.slice(at, at + ROWS_AT_ONCE)) {
          const user = users.get(textKey(id));
          if (user !== undefined) found.set(id, publicUser(user));
        }
      });
    }
    return found;
  };
  const buildKey: NameIndexes['buildKey'] = (user, name) =>
    name === 'email' ? keyOfEmail(user.email) : keyOfUsername(user.username);
  return searchByName(query, { readNames, readUsers, buildKey });
}

/** What the keys of the indexes begin with; of a very long prefix only the part that they hold as it is. */
function indexPrefix(prefix: string): Buffer {
  return Buffer.from(prefix, 'utf8').subarray(0, 900);
}
