import type { Users } from '../accounts/users';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError, type Reason } from '../errors';
import type { StoredSessions } from '../sessions/stored-sessions';
import { type AuthenticateDeps, authenticate } from './authenticate';
import type { Anonymous, Principal } from './principal';

export interface ValidateInput {
  /** Empty: the bearer of the call. */
  readonly accessToken: string;
  readonly allowAnonymous: boolean;
  /** Read the user and the session from the store. */
  readonly fresh: boolean;
}

export interface ValidateDeps extends AuthenticateDeps {
  readonly users: Users;
  readonly sessions: StoredSessions;
  readonly clock: Clock;
}

const ANONYMOUS_WHEN: ReadonlySet<Reason> = new Set<Reason>([
  'INVALID_TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'USER_INACTIVE',
]);

/** Answers without a promise unless `fresh` is set: on the hot path a promise costs. */
export type Validate = (input: ValidateInput, call: Call) => Principal | Anonymous | Promise<Principal | Anonymous>;

/**
 * Tells whose access token this is. @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED, USER_INACTIVE,
 * STORE_UNAVAILABLE
 */
export function validate(deps: ValidateDeps): Validate {
  return (input, call) => {
    try {
      const principal = authenticate(deps, input.accessToken || call.bearer, call);
      if (!input.fresh) return principal;
      return readFresh(deps, principal, call).catch((error: unknown) => toAnonymous(error, input));
    } catch (error) {
      return toAnonymous(error, input);
    }
  };
}

async function readFresh(deps: ValidateDeps, claims: Principal, call: Call): Promise<Principal> {
  const [user, session] = await Promise.all([
    deps.users.findById(claims.userId, call),
    deps.sessions.find(claims.sessionId, call),
  ]);
  const { userId } = claims;
  if (user === undefined) throw new AuthError('TOKEN_REVOKED', { userId });
  if (!user.active) throw new AuthError('USER_INACTIVE', { userId });
  const now = deps.clock.now();
  const live =
    session !== undefined &&
    session.userId === user.id &&
    session.endedAt === null &&
    session.expiresAt.getTime() > now &&
    session.epoch >= user.sessionEpoch;
  if (!live) throw new AuthError('TOKEN_REVOKED', { userId });
  return { ...claims, username: user.username, roles: user.roles };
}

function toAnonymous(error: unknown, input: ValidateInput): Anonymous {
  if (input.allowAnonymous && error instanceof AuthError && ANONYMOUS_WHEN.has(error.reason)) {
    return { anonymousReason: error.reason };
  }
  throw error;
}
