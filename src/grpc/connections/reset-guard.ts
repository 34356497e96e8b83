import { systemClock } from '../../auth/clock';

/**
 * Streams reset at once, and how many more each second. nghttp2 itself allows 1,000 and 33, and goes on reading while
 * its GOAWAY waits to be sent.
 */
const BURST = 500;
const PER_SECOND = 33;

/**
 * Counts the streams of one connection that its client opens and resets: each costs a call and earns nothing
 * (CVE-2023-44487, "rapid reset").
 */
export class ResetGuard {
  #tokens = BURST;
  #refilledAt = systemClock.monotonic();

  /** @param onFlood called once, when the bucket is empty */
  constructor(private readonly onFlood: () => void) {}

  count(): void {
    if (this.#tokens < 0) return;
    if (this.#tokens < 1) this.#refill();
    this.#tokens -= 1;
    if (this.#tokens < 0) this.onFlood();
  }

  #refill(): void {
    const now = systemClock.monotonic();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) / 1_000) * PER_SECOND);
    this.#refilledAt = now;
  }
}
