import type { Call } from '../call';
import type { Users } from '../ports';
import { type AuthenticateDeps, bearerUser } from '../tokens/authenticate';
import { publicUser, type User } from './users';

/** The bearer's user as stored now. @throws AuthError as `authenticate` */
export function getCurrentUser(deps: AuthenticateDeps & { readonly users: Users }) {
  return async (call: Call): Promise<User> => publicUser((await bearerUser(deps, call)).user);
}
