import type { StoredUser, Users } from '../accounts/users';
import type { Call } from '../call';
import { AuthError } from '../errors';
import type { Revocations } from '../revocation/revocations';
import type { AccessTokens } from './access-tokens';
import { type Principal, principalOf } from './principal';

export interface AuthenticateDeps {
  readonly accessTokens: AccessTokens;
  readonly revocations: Revocations;
}

/**
 * The principal of a token by what this process knows: no store is read, no promise is made.
 *
 * @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED, USER_INACTIVE, STORE_UNAVAILABLE
 */
export function authenticate(deps: AuthenticateDeps, token: string, call: Call): Principal {
  if (token === '') throw new AuthError('INVALID_TOKEN');
  const { claims, standing } = deps.accessTokens.verify(token);
  call.userId = claims.userId;
  return principalOf(claims, deps.revocations.check(claims, standing));
}

/** The bearer's user as stored now, and the session of the token. @throws AuthError as `authenticate` */
export async function bearerUser(
  deps: AuthenticateDeps & { readonly users: Users },
  call: Call,
): Promise<{ user: StoredUser; sessionId: string }> {
  const { userId, sessionId } = authenticate(deps, call.bearer, call);
  const user = await deps.users.findById(userId, call);
  if (user === undefined) throw new AuthError('TOKEN_REVOKED');
  if (!user.active) throw new AuthError('USER_INACTIVE');
  return { user, sessionId };
}
