import type { Call } from '../call';
import { loadUser } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';
import { publicUser, type User, type Users } from './users';

/** The caller's user as stored now. @throws AuthError TOKEN_REVOKED, USER_INACTIVE */
export function getCurrentUser(deps: { readonly users: Users }) {
  return async (caller: Principal, call: Call): Promise<User> => publicUser(await loadUser(deps, caller, call));
}
