import type { SessionEndReason } from '../sessions/stored-sessions';

/**
 * Ended sessions and API keys: their access tokens are void from `at` on. That lies in the future for a key that has
 * been rotated and still lives beside its successor.
 */
export interface EndedSessions {
  readonly kind: 'sessions';
  readonly id: string;
  /** Ms since the epoch. */
  readonly at: number;
  readonly userId: string;
  /** Ids of sessions, or of one API key. */
  readonly sessionIds: readonly string[];
  readonly reason: SessionEndReason;
}

/** What a user has become. Of several, the one with the greatest `version` is in force. */
export interface ChangedUser {
  readonly kind: 'user';
  readonly id: string;
  /** Ms since the epoch. */
  readonly at: number;
  readonly userId: string;
  /** `StoredUser.version`; for a deleted user greater than any. */
  readonly version: number;
  readonly state: 'active' | 'disabled' | 'deleted';
  readonly roles: readonly string[];
}

export type Revocation = EndedSessions | ChangedUser;
