import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { type AuthenticateDeps, authenticate } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';

export interface CheckRoleInput {
  /** Empty: the bearer of the call. */
  readonly accessToken: string;
  /** Any one of them suffices. */
  readonly roles: readonly string[];
}

export interface RoleHeld {
  readonly principal: Principal;
  readonly matchedRole: string;
}

type CheckRoleDeps = AuthenticateDeps & { readonly events: Events };

/**
 * Without a promise unless an API key is not known here. @throws AuthError INVALID_FIELDS without roles, ROLE_MISSING,
 * and as `validate`
 */
export function checkRole(deps: CheckRoleDeps) {
  return (input: CheckRoleInput, call: Call): RoleHeld | Promise<RoleHeld> => {
    if (input.roles.length === 0) {
      throw new AuthError('INVALID_FIELDS', {
        violations: [{ field: 'roles', description: 'Name at least one role' }],
      });
    }
    const check = (principal: Principal): RoleHeld => {
      return { principal, matchedRole: demandRole(deps, principal, input.roles, call) };
    };
    const principal = authenticate(deps, input.accessToken || call.bearer, call);
    return principal instanceof Promise ? principal.then(check) : check(principal);
  };
}

/**
 * The first of `roles` that the principal holds, matched exactly. @throws AuthError ROLE_MISSING, with an audit event
 */
export function demandRole(
  deps: { readonly events: Events },
  principal: Principal,
  roles: readonly string[],
  call: Call,
): string {
  const matched = roles.find((role) => principal.roles.includes(role));
  if (matched !== undefined) return matched;
  recordEvent(deps.events, call, 'role.denied', { userId: principal.userId, username: principal.username });
  throw new AuthError('ROLE_MISSING', { userId: principal.userId });
}
