import { performance } from 'node:perf_hooks';

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
  #left = BURST;
  #filledAt = performance.now();

  /** @param onFlood called once, when the allowance is used up */
  constructor(private readonly onFlood: () => void) {}

  count(): void {
    if (this.#left < 0) return;
    if (this.#left < 1) this.#refill();
    this.#left -= 1;
    if (this.#left < 0) this.onFlood();
  }

  #refill(): void {
    const now = performance.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#filledAt) / 1_000) * PER_SECOND);
    this.#filledAt = now;
  }
}
