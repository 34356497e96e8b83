import type { Users } from '../accounts/users';
import { isLive } from '../api-keys/api-key';
import type { StoredApiKeys } from '../api-keys/stored-api-keys';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError, type Reason } from '../errors';
import { loadSignedInUser } from '../sessions/load-signed-in-user';
import type { StoredSessions } from '../sessions/stored-sessions';
import { type AuthenticateDeps, authenticate } from './authenticate';
import type { Anonymous, Principal } from './principal';

export interface ValidateInput {
  /** An access token or an API key. Empty: the bearer of the call. */
  readonly accessToken: string;
  readonly allowAnonymous: boolean;
  /** Read the user and the session or key from the store. */
  readonly fresh: boolean;
}

export interface ValidateDeps extends AuthenticateDeps {
  readonly users: Users;
  readonly sessions: StoredSessions;
  readonly apiKeys: StoredApiKeys;
  readonly clock: Clock;
}

const ANONYMOUS_WHEN: ReadonlySet<Reason> = new Set<Reason>([
  'INVALID_TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'USER_INACTIVE',
]);

/** Answers without a promise unless `fresh` is set or an API key is not known here: on the hot path a promise costs. */
export type Validate = (input: ValidateInput, call: Call) => Principal | Anonymous | Promise<Principal | Anonymous>;

/** Finds the principal of an access token or API key. @throws AuthError as `authenticate` */
export function validate(deps: ValidateDeps): Validate {
  return (input, call) => {
    try {
      const principal = authenticate(deps, input.accessToken || call.bearer, call);
      if (!input.fresh && !(principal instanceof Promise)) return principal;
      return afterReading(deps, principal, input, call).catch((error: unknown) => toAnonymous(error, input));
    } catch (error) {
      return toAnonymous(error, input);
    }
  };
}

async function afterReading(
  deps: ValidateDeps,
  authenticated: Principal | Promise<Principal>,
  { fresh }: ValidateInput,
  call: Call,
): Promise<Principal> {
  const principal = await authenticated;
  if (!fresh) return principal;
  return principal.apiKeyId === '' ? readFresh(deps, principal, call) : readFreshKey(deps, principal, call);
}

async function readFresh(deps: ValidateDeps, claims: Principal, call: Call): Promise<Principal> {
  const { username, roles } = await loadSignedInUser(deps, claims, call);
  return { ...claims, username, roles };
}

/**
 * Of a key, or of an access token that one was exchanged for: what it may do, its owner and the key must both allow.
 */
async function readFreshKey(deps: ValidateDeps, claims: Principal, call: Call): Promise<Principal> {
  const { userId, apiKeyId } = claims;
  const found = await deps.apiKeys.findOwned(apiKeyId, call);
  if (found?.owner === undefined) throw new AuthError('TOKEN_REVOKED', { userId });
  const { key, owner } = found;
  if (!owner.active) throw new AuthError('USER_INACTIVE', { userId });
  if (key.userId !== userId || !isLive(key, deps.clock.now())) throw new AuthError('TOKEN_REVOKED', { userId });
  const roles = claims.roles.filter((role) => key.roles.includes(role) && owner.roles.includes(role));
  return { ...claims, username: owner.username, roles };
}

function toAnonymous(error: unknown, input: ValidateInput): Anonymous {
  if (input.allowAnonymous && error instanceof AuthError && ANONYMOUS_WHEN.has(error.reason)) {
    return { anonymousReason: error.reason };
  }
  throw error;
}
