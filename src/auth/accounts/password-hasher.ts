import type { Call } from '../call';

export interface Verification {
  readonly matches: boolean;
  readonly outdated: boolean;
  /**
   * Call before a refusal is answered: it returns when a refusal for any account would be due, so that the time does
   * not distinguish imported accounts from others. Returns at once where none was seen; never rejects.
   */
  holdRefusal(): Promise<void>;
}

/** A reservation in the hash queue, for one password of the call that made it. */
export interface HashTicket {
  /**
   * Takes PHC strings of `hash` and what `ImportedHashes.accept` returned.
   *
   * Whether the password is the one of `hash`. Without a hash (no such user) a dummy of the same live parameters is
   * verified, so that the answer, always false, takes as long. `outdated`: the hash was made with other parameters than
   * those in force.
   *
   * @throws CallEndedError, and nothing was hashed
   */
  verify(hash: string | undefined, password: string): Promise<Verification>;
  /** Gives the reservation up unused. */
  release(): void;
}

/**
 * argon2id. At most HASH_CONCURRENCY hashes run at once and HASH_QUEUE wait. A call that was cancelled or whose
 * deadline has passed starts no hash.
 *
 * @throws AuthError OVERLOADED with `retryAfterSeconds`, at once, when the queue is full; CallEndedError
 */
export interface PasswordHasher {
  /** Returns a PHC string with the parameters in force. */
  hash(password: string, call: Call): Promise<string>;
  /** Reserves a ticket before work that a refusal must not cost; it is to be used or released. */
  reserve(call: Call): HashTicket;
}
