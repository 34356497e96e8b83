import { comparisonKey, emailKey } from '../../auth/accounts/names';
import type { FoundUsers, SearchUsersQuery } from '../../auth/accounts/users';
import { type NameEntry, type NameIndexes, searchByName } from '../search-by-name';
import type { Deadline, Engine } from './engine';
import { LONGEST_KEY, startingWith, textKey } from './keys';
import { keyOfEmail, keyOfUsername } from './name-keys';

/** `Users.search`. */
export function searchUsers(engine: Engine, query: SearchUsersQuery, deadline: Deadline): Promise<FoundUsers> {
  const read: NameIndexes['read'] = (name, start, limit) =>
    engine.read(deadline, ({ emails, usernames, users }) => {
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
        const user = users.get(textKey(id));
        if (user !== undefined) entries.push({ key: Buffer.from(key), user });
      }
      return entries;
    });
  const buildKey: NameIndexes['buildKey'] = (user, name) =>
    name === 'email' ? keyOfEmail(user.email) : keyOfUsername(user.username);
  return searchByName(query, { read, buildKey });
}

/** What the keys of the indexes begin with; of a very long prefix only the part that they hold as it is. */
function indexPrefix(prefix: string): Buffer {
  return Buffer.from(prefix, 'utf8').subarray(0, 900);
}
