import type { UserKind } from '../accounts/users';
import type { Reason } from '../errors';

/** Who is behind an access token, with the roles in force now. */
export interface Principal {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly string[];
  /** Claim `sid`: the session; of an API key, its id. */
  readonly sessionId: string;
  /** Claim `iat`, in seconds since the epoch. */
  readonly issuedAt: number;
  /** Claim `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
  /** Claim `kind`, which only the tokens of service accounts have. */
  readonly kind: UserKind;
  /** The API key that was presented, or that the access token was exchanged for; empty for a session. */
  readonly apiKeyId: string;
}

/** No user, and why. */
export interface Anonymous {
  readonly anonymousReason: Reason;
}

export function isAnonymous(who: Principal | Anonymous): who is Anonymous {
  return 'anonymousReason' in who;
}
