import type { Reason } from '../errors';
import type { AccessClaims } from './access-tokens';

/** Who is behind an access token, with the roles in force now. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly sessionId: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Nobody, and why. */
export interface Anonymous {
  readonly anonymousReason: Reason;
}

export function isAnonymous(who: Principal | Anonymous): who is Anonymous {
  return 'anonymousReason' in who;
}

/** The principal of a token whose user has had other roles since, so that the same question gets the same object. */
const changed = new WeakMap<AccessClaims, Principal>();

/** The same object for the same claims and roles; both are never changed. */
export function principalOf(claims: AccessClaims, roles: readonly string[]): Principal {
  if (claims.roles === roles) return claims;
  const known = changed.get(claims);
  if (known?.roles === roles) return known;
  const principal = { ...claims, roles };
  changed.set(claims, principal);
  return principal;
}
