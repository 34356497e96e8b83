import type { AuditEvent } from './audit/audit-event';
import type { Call } from './call';
import type { Revocation } from './revocation/revocation-record';
import type { Standing } from './revocation/standing';

export type { Users } from './accounts/users';
export type { Clock } from './clock';
export type { StoredSessions } from './sessions/stored-sessions';

export interface Ids {
  /** A UUID of version 7 (RFC 9562): unique, and in the order of time. */
  next(): string;
}

/** What an access token says (RFC 9068 section 2.2). */
export interface AccessClaims {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly sessionId: string;
  /** Claim `iat`, in seconds since the epoch. */
  readonly issuedAt: number;
  /** Claim `exp`, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** A token that was verified, and what is kept beside it. */
export interface VerifiedToken {
  readonly claims: AccessClaims;
  readonly standing: Standing;
}

export interface AccessTokens {
  /** Signs a token that lives ACCESS_TOKEN_EXPIRE_MINUTES, but not beyond `notAfter` (ms since the epoch). */
  issue(
    claims: Omit<AccessClaims, 'issuedAt' | 'expiresAt'>,
    notAfter: number,
  ): { token: string; claims: AccessClaims };
  /**
   * Reads a token that this service signed for this issuer and audience and that has not expired. Knows nothing of revocation. A token
   * that is remembered brings the same object again.
   *
   * @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED
   */
  verify(token: string): VerifiedToken;
}

/** The parts of a refresh token. */
export interface RefreshClaims {
  readonly sessionId: string;
  readonly userId: string;
  readonly generation: number;
  /** Random, the same in all tokens of a session; only its digest is stored. */
  readonly salt: string;
}

export interface RefreshTokens {
  /** 128 random bits, base64url. */
  newSalt(): string;
  /** What the store keeps of a salt. */
  hashSalt(salt: string): string;
  /** The key that new tokens are made with. */
  readonly currentKeyId: string;
  /** Deterministic: the same claims and key give the same token. An unknown `keyId` means the current key. */
  mint(claims: RefreshClaims, keyId: string): string;
  /** The parts of a token with a right MAC of a known key, else undefined. Reads no store. */
  open(token: string): RefreshClaims | undefined;
}

/**
 * argon2id. At most HASH_CONCURRENCY hashes run at once and HASH_QUEUE wait. A call that was cancelled or whose deadline has passed
 * starts no hash.
 *
 * @throws AuthError OVERLOADED with `retryAfterSeconds`, at once, when the queue is full; CallEndedError
 */
export interface PasswordHasher {
  /** Returns a PHC string with the parameters in force. */
  hash(password: string, call: Call): Promise<string>;
  /**
   * Whether the password is the one of `hash`. Without a hash (no such user) a dummy of the same live parameters is verified, so
   * that the answer, always false, takes as long. `outdated`: the hash was made with other parameters than those in force.
   * `beforehand` runs once the hash has a place in the queue, and before it; when it rejects, so does this, and nothing is hashed.
   */
  verify(
    hash: string | undefined,
    password: string,
    call: Call,
    beforehand?: () => Promise<void>,
  ): Promise<{ matches: boolean; outdated: boolean }>;
}

export interface CommonPasswords {
  /** Whether the password, without regard to case, is one of the commonly used ones (NIST SP 800-63B-4 section 3.1.1.2). */
  has(password: string): boolean;
}

export interface LoginLimits {
  /** LOGIN_MAX_FAILURES: per account and source. */
  readonly perSource: number;
  /** Per account, all sources together; does not bind a source from which the account has logged in within 30 days. */
  readonly perAccount: number;
  /** LOGIN_WINDOW_SECONDS, counted from the first failure. */
  readonly windowSeconds: number;
}

/**
 * Counters of failed logins, shared by all replicas and durable. Account and source are kept as digests only, and go by themselves
 * when their window is over.
 */
export interface LoginFailures {
  /**
   * Counts one try beforehand, atomically: of any number of parallel tries at most the limit are allowed. A refused try is not
   * counted. Returns undefined when the try may go on, else the seconds until one may.
   */
  reserve(account: string, source: string, limits: LoginLimits, at: number, call: Call): Promise<number | undefined>;
  /** Takes a reservation back: the password was never looked at. */
  release(account: string, source: string, at: number, call: Call): Promise<void>;
  /** Forgets the failures of this source, takes its reservation back from the account, and remembers the source for 30 days. */
  succeed(account: string, source: string, at: number, call: Call): Promise<void>;
  /** Forgets all failures of the account. */
  clear(account: string, call: Call): Promise<void>;
}

/** Hears of what the feed brings. */
export interface RevocationListener {
  /** In no particular order across users, at least once. */
  onRecord(record: Revocation): void;
  /** The follower has seen all that was acknowledged before `at` (ms since the epoch, this process's clock). */
  onFresh(at: number): void;
  /** The feed broke; the follower reconnects by itself. */
  onBroken(cause: unknown): void;
}

/**
 * What every replica must hear of within a second: ended sessions and changed users. Records are kept for the lifetime of an access
 * token and some slack, then go by themselves.
 */
export interface RevocationFeed {
  /** Durable when resolved; repeated without harm. */
  append(records: readonly Revocation[], call: Call): Promise<void>;
  /**
   * Brings all records of the window, then every new one, whoever appended it, without a gap across breaks. Resolves when the window
   * has been brought.
   */
  follow(listener: RevocationListener): Promise<{ close(): Promise<void> }>;
}

export interface ListAuditEventsQuery {
  readonly userId: string | undefined;
  readonly type: string | undefined;
  /** Only events with a smaller id; ids grow with time. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** The durable audit trail. Events go by themselves after AUDIT_RETENTION_DAYS. */
export interface AuditLog {
  append(events: readonly AuditEvent[]): Promise<void>;
  /** The newest first. */
  list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]>;
}

/** Where use cases report what happened. Never throws, never waits. */
export interface Events {
  record(event: Omit<AuditEvent, 'id' | 'occurredAt'>): void;
}

/** A key pair that access tokens are signed with, as all replicas share it. */
export interface StoredSigningKey {
  /** The `kid`; unique. */
  readonly id: string;
  /** 1 for the first key, one more for each that follows; unique. */
  readonly sequence: number;
  readonly algorithm: 'ES256' | 'RS256';
  /** JWK (RFC 7517) as JSON. */
  readonly publicJwk: string;
  /** PKCS #8, encrypted; the store cannot read it. */
  readonly encryptedPrivateKey: string;
  readonly createdAt: Date;
  /** From when on it signs: after every replica and every reader of the JWKS has had time to see it. */
  readonly activeAt: Date;
}

export interface SigningKeys {
  /** In the order of `sequence`. */
  list(call: Call): Promise<StoredSigningKey[]>;
  /** False when a key of this `sequence` exists: of parallel rotations exactly one wins. */
  insert(key: StoredSigningKey, call: Call): Promise<boolean>;
  delete(id: string, call: Call): Promise<void>;
}

export interface SigningKeyRotation {
  /**
   * Makes the next key; of parallel rotations one wins and the others adopt its key. Returns the new `kid`, which is published now
   * and signs later.
   *
   * @throws AuthError KEY_NOT_ROTATABLE when SECRET_KEY is the key
   */
  rotate(call: Call): Promise<string>;
}
