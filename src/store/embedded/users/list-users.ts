import type { ListUsersQuery, StoredUser } from '../../../auth/accounts/users';
import type { Deadline, Engine } from '../engine/engine';
import { startingWith, textKey } from '../engine/keys';
import { labelGroup } from './user-labels';

/** `Users.list`. */
export async function listUsers(
  engine: Engine,
  { label, after, limit }: ListUsersQuery,
  deadline: Deadline,
): Promise<StoredUser[]> {
  if (limit <= 0) return [];
  return engine.read(deadline, ({ users, usersByLabel }) => {
    if (label === undefined) {
      const from = after === undefined ? {} : { start: textKey(after), exclusiveStart: true };
      return [...users.getRange({ ...from, limit })].map(({ value }) => value);
    }
    const group = labelGroup(label);
    const { start, end } = startingWith(group);
    const from =
      after === undefined ? { start } : { start: Buffer.concat([group, textKey(after)]), exclusiveStart: true };
    const found: StoredUser[] = [];
    for (const key of usersByLabel.getKeys({ ...from, end, limit })) {
      const user = users.get(key.subarray(group.length));
      if (user !== undefined) found.push(user);
    }
    return found;
  });
}
