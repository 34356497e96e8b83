import type { StoredUser, Users } from '../accounts/users';
import { isApiKeyText } from '../api-keys/api-key-texts';
import type { VerifyApiKey } from '../api-keys/verify-api-key';
import type { Call } from '../call';
import { AuthError } from '../errors';
import type { Revocations } from '../revocation/revocations';
import type { AccessTokens } from './access-tokens';
import type { Principal } from './principal';

export interface AuthenticateDeps {
  readonly verifyApiKey: VerifyApiKey;
  readonly accessTokens: AccessTokens;
  readonly revocations: Revocations;
}

/**
 * The principal of an access token or an API key by what this process knows: no store is read, no promise is made. Only
 * of an API key that this process does not know there is a promise, and one read. `from` is where the credential is
 * used, if that is not where the call comes from.
 *
 * @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED, USER_INACTIVE, STORE_UNAVAILABLE; of API keys also
 *   RATE_LIMITED, OVERLOADED
 */
export function authenticate(
  deps: AuthenticateDeps,
  token: string,
  call: Call,
  from?: string,
): Principal | Promise<Principal> {
  if (token === '') throw new AuthError('INVALID_TOKEN', { fault: call.bearerFault });
  if (isApiKeyText(token)) return deps.verifyApiKey(token, call, from);
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

/**
 * For calls that change credentials: the finder of a lost key must not get more than the key. @throws AuthError
 * SESSION_REQUIRED for an API key, and for an access token that one was exchanged for
 */
export function demandSession({ apiKeyId, userId }: Principal): void {
  if (apiKeyId !== '') throw new AuthError('SESSION_REQUIRED', { userId });
}
