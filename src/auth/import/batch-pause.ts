/** Batches of fast hashes take long in the hash pool, and the calls of others wait for none of that. */
const LONGEST_MS = 20;

/**
 * For how long an import inside a service is to pause after a batch that took `ms`, in ms. It works for half of the
 * time, and the calls of others find the event loop, the store and the cores free for the other half.
 */
export function pauseAfterBatch(ms: number): number {
  return Math.min(LONGEST_MS, ms);
}
