import type { Call } from '../call';

/**
 * argon2id. At most HASH_CONCURRENCY hashes run at once and HASH_QUEUE wait. A call that was cancelled or whose
 * deadline has passed starts no hash.
 *
 * @throws AuthError OVERLOADED with `retryAfterSeconds`, at once, when the queue is full; CallEndedError
 */
export interface PasswordHasher {
  /** Returns a PHC string with the parameters in force. */
  hash(password: string, call: Call): Promise<string>;
  /**
   * Whether the password is the one of `hash`. Without a hash (no such user) a dummy of the same live parameters is
   * verified, so that the answer, always false, takes as long. `outdated`: the hash was made with other parameters than
   * those in force. `beforehand` runs once the hash has a place in the queue, and before it; when it rejects, so does
   * this, and nothing is hashed.
   */
  verify(
    hash: string | undefined,
    password: string,
    call: Call,
    beforehand?: () => Promise<void>,
  ): Promise<{ matches: boolean; outdated: boolean }>;
}
