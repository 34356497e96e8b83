import type { UserKind } from '../accounts/users';
import type { RevocationCheck } from '../revocation/revocation-check';
import type { Principal } from './principal';

/** What an access token says (RFC 9068 section 2.2): the principal as it was when the token was issued. */
export type AccessClaims = Principal;

/** What a new token is to say. */
export type NewAccessClaims = Omit<AccessClaims, 'issuedAt' | 'expiresAt' | 'kind' | 'apiKeyId'> & {
  /** Absent: a person. */
  readonly kind?: UserKind;
};

/** A token that was verified, and what was found when it was last checked against the revocations. */
export interface VerifiedToken {
  readonly claims: AccessClaims;
  readonly check: RevocationCheck;
}

export interface AccessTokens {
  /** Signs a token that lives ACCESS_TOKEN_EXPIRE_MINUTES, but not beyond `notAfter` (ms since the epoch). */
  issue(claims: NewAccessClaims, notAfter: number): { token: string; claims: AccessClaims };
  /** Whether a token with these roles can be made, however long the name of the user and the other claims are. */
  fits(roles: readonly string[]): boolean;
  /**
   * Reads a token that this service signed for this issuer and audience and that has not expired. Knows nothing of
   * revocation. A token that is remembered brings the same object again.
   *
   * @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED
   */
  verify(token: string): VerifiedToken;
}
