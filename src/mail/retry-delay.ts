const FIRST_MS = 5_000;
const LONGEST_MS = 3_600_000;

/**
 * Exponential backoff with jitter: how long a mail waits after an attempt that failed, in ms. 5 seconds doubled with
 * every attempt, an hour at most, of which a random part of up to a half is left out, so that what failed together is
 * not tried together again.
 *
 * @param attempt the one that failed, from 1 on
 */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(FIRST_MS * 2 ** Math.min(attempt - 1, 30), LONGEST_MS);
  return Math.round(whole * (0.5 + random() / 2));
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** The same for the mail server or webhook: how long nothing is sent after so many failures in a row, in ms. */
export function servicePause(failures: number, random: () => number = Math.random): number {
  const whole = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 30), LONGEST_PAUSE_MS);
  return Math.round(whole * (0.5 + random() / 2));
}
