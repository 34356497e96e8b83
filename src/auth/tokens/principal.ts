import type { Reason } from '../errors';

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
