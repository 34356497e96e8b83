import type { Clock } from '../clock';

/** How much what a heartbeat says may go back while the clock of the service goes on. */
const ROUNDING_MS = 100;

/**
 * How old what the feed has told is. A heartbeat says up to when, by the clock of the service; that clock is compared
 * with the wall clock here once, at the first heartbeat, and from then on with the monotonic one, so that a clock that
 * jumps, here or there, makes nothing look fresher than it is, nor stale for longer than until the next heartbeat.
 */
export class Freshness {
  /** What the monotonic clock shows when the clock of the service shows 0. */
  #offset: number | undefined;
  #lastFreshAt = Number.NEGATIVE_INFINITY;
  /** How old the news of the last heartbeat was when it came. */
  #lag = Number.POSITIVE_INFINITY;
  #receivedAt = Number.NEGATIVE_INFINITY;
  #receivedAtWall = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** A new stream begins: its heartbeats may come from another replica, with another clock. */
  startStream(): void {
    this.#lastFreshAt = Number.NEGATIVE_INFINITY;
  }

  /** @param freshAt ms since the epoch, by the clock of the service */
  onHeartbeat(freshAt: number): void {
    const monotonic = this.clock.monotonic();
    const wall = this.clock.now();
    this.#lag = this.#measureLag(monotonic - freshAt, wall - freshAt, freshAt);
    this.#offset = monotonic - freshAt - this.#lag;
    this.#lastFreshAt = freshAt;
    this.#receivedAt = monotonic;
    this.#receivedAtWall = wall;
  }

  /** Everything that was acknowledged so long ago, in ms, has been received; Infinity: nothing was yet. */
  staleness(): number {
    // By both clocks: a machine that was suspended shows it by the wall clock only.
    const sinceReceived = Math.max(this.clock.monotonic() - this.#receivedAt, this.clock.now() - this.#receivedAtWall);
    return this.#lag + Math.max(0, sinceReceived);
  }

  #measureLag(raw: number, byWall: number, freshAt: number): number {
    if (this.#offset === undefined) return Math.max(0, byWall);
    // Within one stream it goes back when the clock of the service is set back, or by a rounding.
    if (freshAt < this.#lastFreshAt - ROUNDING_MS) return this.#lag;
    const byMonotonic = Math.max(0, raw - this.#offset);
    // The clocks may have been apart at the first heartbeat and agree now.
    return byWall >= 0 && byWall < byMonotonic ? byWall : byMonotonic;
  }
}
