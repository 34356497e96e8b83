import type { Call } from '../call';
import type { Revocation } from './revocation-record';

/** Hears of what the feed brings. */
export interface RevocationListener {
  /** In no particular order across users, at least once. */
  onRecord(record: Revocation): void;
  /** The follower has seen all that was acknowledged before `at` (by this process's `Clock.monotonic`). */
  onFresh(at: number): void;
  /** The feed broke; the follower reconnects by itself. */
  onBroken(cause: unknown): void;
}

/**
 * What every replica must hear of within a second: ended sessions and changed users. Records are kept for the lifetime
 * of an access token and some slack, then go by themselves.
 */
export interface RevocationFeed {
  /** Durable when resolved; idempotent. */
  append(records: readonly Revocation[], call: Call): Promise<void>;
  /**
   * Brings all records of the window, then every new one, of every replica, without a gap across breaks; of a large
   * window some hundreds at a time, so that calls are answered meanwhile. Resolves when the window has been brought.
   *
   * @throws when the feed can never be followed as things are (a right is missing), or not within half a minute
   */
  follow(listener: RevocationListener): Promise<{ close(): Promise<void> }>;
}
