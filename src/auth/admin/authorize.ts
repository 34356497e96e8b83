import { type AuthenticateDeps, authenticate } from '../authenticate';
import type { Call } from '../call';
import { demandRole } from '../check-role';
import type { Events } from '../ports';
import type { Principal } from '../principal';

/** The role that may call AdminService. */
export const ADMIN_ROLE = 'admin';

export type AuthorizeDeps = AuthenticateDeps & { readonly events: Events };

/** The bearer, who must hold the role `admin` now. @throws AuthError ROLE_MISSING, and as `authenticate` */
export function authorizeAdmin(deps: AuthorizeDeps, call: Call): Principal {
  const principal = authenticate(deps, call.bearer, call);
  demandRole(deps, principal, [ADMIN_ROLE], call);
  return principal;
}
