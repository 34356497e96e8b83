import type { Events } from '../audit/events';
import type { Call } from '../call';
import { demandRole } from '../roles/check-role';
import { type AuthenticateDeps, authenticate, demandSession } from '../tokens/authenticate';

/** The role that may call AdminService. */
export const ADMIN_ROLE = 'admin';
/** The role of services that take part in authentication. */
const SERVICE_ROLE = 'service';

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

/** Who may make account tokens: an admin for any user, a service for any user but admins. */
export interface TokenMaker extends Actor {
  /** Why the token of an admin is refused; undefined: it is not. */
  readonly adminsRefused: 'ROLE_MISSING' | 'SESSION_REQUIRED' | undefined;
}

/**
 * As `authorizeAdmin`, but the role `service` suffices. An API key gets no token of an admin, for the finder of a lost
 * key would have the admin's account by it. @throws AuthError ROLE_MISSING, and as `authenticate`
 */
export async function authorizeTokenMaker(deps: AuthorizeDeps, call: Call): Promise<TokenMaker> {
  if (call.bearer === '') return { ...(await authorizeAdmin(deps, call)), adminsRefused: undefined };
  const principal = await authenticate(deps, call.bearer, call);
  const { userId, roles, apiKeyId } = principal;
  demandRole(deps, principal, [ADMIN_ROLE, SERVICE_ROLE], call);
  const refused = !roles.includes(ADMIN_ROLE) ? 'ROLE_MISSING' : apiKeyId !== '' ? 'SESSION_REQUIRED' : undefined;
  return { actorId: userId, userId, adminsRefused: refused };
}

/** The same for calls that make credentials, which an API key must not. @throws AuthError also SESSION_REQUIRED */
export async function authorizeAdminSession(deps: AuthorizeDeps, call: Call): Promise<Actor> {
  const actor = await authorizeAdmin(deps, call);
  if (call.bearer !== '') demandSession(await authenticate(deps, call.bearer, call));
  return actor;
}
