import { publicUser, type StoredUser, type User, type Users } from '../accounts/users';
import type { Call } from '../call';
import { AuthError } from '../errors';

export type UserKey =
  | { readonly by: 'user_id'; readonly value: string }
  | { readonly by: 'email'; readonly value: string }
  | { readonly by: 'username'; readonly value: string };

/** One user by id, email or username. @throws AuthError INVALID_FIELDS without a key, USER_NOT_FOUND */
export function getUser(deps: { readonly users: Users }) {
  return async (key: UserKey | undefined, call: Call): Promise<User> => {
    if (key === undefined || key.value === '') {
      const description = 'Give one of user_id, email and username';
      throw new AuthError('INVALID_FIELDS', { violations: [{ field: key?.by ?? 'key', description }] });
    }
    const user = await find(deps.users, key, call);
    if (user === undefined) throw new AuthError('USER_NOT_FOUND');
    return publicUser(user);
  };
}

function find(users: Users, key: UserKey, call: Call): Promise<StoredUser | undefined> {
  if (key.by === 'email') return users.findByEmail(key.value, call);
  if (key.by === 'username') return users.findByUsername(key.value, call);
  return users.findById(key.value, call);
}
