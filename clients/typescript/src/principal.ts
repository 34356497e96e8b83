/**
 * Who is behind a token or an API key, with the roles in force now. Frozen: one object is handed out again and again.
 */
export interface Principal {
  /** Claim `sub`; a UUID. */
  readonly userId: string;
  /** Claim `preferred_username`. */
  readonly username: string;
  /** The roles held now; for an API key those that key and owner both hold. */
  readonly roles: readonly string[];
  /** Claim `sid`: the session; for an API key its id. */
  readonly sessionId: string;
  /** Claim `iat`; for an API key when it was made. */
  readonly issuedAt: Date;
  /** Claim `exp`; for an API key its own. */
  readonly expiresAt: Date;
  /** A person who signs in, or a service account. */
  readonly kind: 'person' | 'service';
  /** The API key that was presented, or that the token was exchanged for; empty for a session. */
  readonly apiKeyId: string;
}

/** Where a UUID has its version (RFC 9562 section 4.2): sessions have ids of version 7, API keys of version 8. */
const VERSION_AT = 14;

/** Whether a `sid` is the id of an API key. */
export function isApiKeyId(sessionId: string): boolean {
  return sessionId[VERSION_AT] === '8';
}

/** The same principal with other roles. */
export function withRoles(principal: Principal, roles: readonly string[]): Principal {
  return Object.freeze({ ...principal, roles: Object.freeze([...roles]) });
}
