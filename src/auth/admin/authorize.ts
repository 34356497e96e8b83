import type { Events } from '../audit/events';
import type { Call } from '../call';
import { demandRole } from '../roles/check-role';
import { type AuthenticateDeps, authenticate, demandSession } from '../tokens/authenticate';

/** The role that may call AdminService. */
export const ADMIN_ROLE = 'admin';

export type AuthorizeDeps = AuthenticateDeps & {
  readonly events: Events;
  /** MTLS_ADMIN_SANS. */
  readonly adminClients: readonly string[];
};

/** Who administers. */
export interface Actor {
  /** The id of a user, or a name in a client certificate. */
  readonly actorId: string;
  /** Undefined for a client certificate. */
  readonly userId: string | undefined;
}

/**
 * The bearer, who must hold the role `admin` now; without a bearer the client, whose verified certificate must have one
 * of the names that may administer.
 *
 * @throws AuthError ROLE_MISSING, and as `authenticate`
 */
export async function authorizeAdmin(deps: AuthorizeDeps, call: Call): Promise<Actor> {
  const client = call.bearer === '' ? call.clientNames?.find((name) => deps.adminClients.includes(name)) : undefined;
  if (client !== undefined) return { actorId: client, userId: undefined };
  const principal = await authenticate(deps, call.bearer, call);
  const { userId } = principal;
  demandRole(deps, principal, [ADMIN_ROLE], call);
  return { actorId: userId, userId };
}

/** The same for calls that make credentials, which an API key must not. @throws AuthError also SESSION_REQUIRED */
export async function authorizeAdminSession(deps: AuthorizeDeps, call: Call): Promise<Actor> {
  const actor = await authorizeAdmin(deps, call);
  if (call.bearer !== '') demandSession(await authenticate(deps, call.bearer, call));
  return actor;
}
