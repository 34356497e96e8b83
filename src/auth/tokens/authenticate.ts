import type { StoredUser, Users } from '../accounts/users';
import type { Call } from '../call';
import { AuthError } from '../errors';
import type { Revocations } from '../revocation/revocations';
import type { AccessTokens } from './access-tokens';
import type { Principal } from './principal';

export interface AuthenticateDeps {
  readonly accessTokens: AccessTokens;
  readonly revocations: Revocations;
}

/**
 * The principal of a token by what this process knows: no store is read, no promise is made.
 *
 * @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED, USER_INACTIVE, STORE_UNAVAILABLE
 */
export function authenticate(deps: AuthenticateDeps, token: string, _call: Call): Principal {
  if (token === '') throw new AuthError('INVALID_TOKEN');
  return deps.revocations.check(deps.accessTokens.verify(token));
}

/** The user of a principal as stored now. @throws AuthError TOKEN_REVOKED, USER_INACTIVE */
export async function loadUser(
  deps: { readonly users: Users },
  { userId }: Principal,
  call: Call,
): Promise<StoredUser> {
  const user = await deps.users.findById(userId, call);
  if (user === undefined) throw new AuthError('TOKEN_REVOKED');
  if (!user.active) throw new AuthError('USER_INACTIVE');
  return user;
}
