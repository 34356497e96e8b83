import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { publicUser, type StoredUser, type User, type Users } from '../accounts/users';
import type { Call } from '../call';
import { AuthError } from '../errors';

export type UserKey =
  | { readonly by: 'user_id'; readonly value: string }
  | { readonly by: 'email'; readonly value: string }
  | { readonly by: 'username'; readonly value: string };

/**
 * One user by id, email or username; space around it does not count. @throws AuthError INVALID_FIELDS without a key,
 * USER_NOT_FOUND
 */
export function getUser(deps: { readonly users: Users }) {
  return async (key: UserKey | undefined, call: Call): Promise<User> => {
    if (key === undefined || key.value.trim() === '') {
      const description = 'Give one of user_id, email and username';
      throw new AuthError('INVALID_FIELDS', { violations: [{ field: key?.by ?? 'key', description }] });
    }
    const user = await find(deps.users, key, call);
    if (user === undefined) throw new AuthError('USER_NOT_FOUND');
    return publicUser(user);
  };
}

/** No name of a store is longer; to compare a text of a whole message could take a second. */
const LONGEST_NAME = 254;

async function find(users: Users, { by, value }: UserKey, call: Call): Promise<StoredUser | undefined> {
  const text = value.trim();
  if (by !== 'user_id' && text.length > LONGEST_NAME) return undefined;
  if (by === 'email') return users.findByEmail(text, call);
  if (by === 'username') return users.findByUsername(text, call);
  const check = new FieldCheck();
  const id = readId(check, by, text);
  check.done();
  return users.findById(id, call);
}
