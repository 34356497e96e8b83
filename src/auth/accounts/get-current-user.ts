import type { Call } from '../call';
import { type AuthenticateDeps, bearerUser } from '../tokens/authenticate';
import { publicUser, type User, type Users } from './users';

/** The bearer's user as stored now. @throws AuthError as `authenticate` */
export function getCurrentUser(deps: AuthenticateDeps & { readonly users: Users }) {
  return async (call: Call): Promise<User> => publicUser((await bearerUser(deps, call)).user);
}
