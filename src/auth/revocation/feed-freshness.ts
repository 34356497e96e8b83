import type { Clock } from '../clock';

/** How well this process follows the feed: since when it may have missed something. */
export class FeedFreshness {
  readonly #gapObservers: (() => void)[] = [];
  #freshAt = Number.NEGATIVE_INFINITY;
  /** The wall time of the last `confirm`. */
  #confirmedAt = Number.NEGATIVE_INFINITY;

  /** @param longestGapMs a longer gap is reported: records may have left the feed meanwhile */
  constructor(
    private readonly clock: Clock,
    private readonly longestGapMs: number,
  ) {}

  /** Everything that was in the feed `at` this time (`Clock.monotonic`) has been seen. */
  confirm(at: number): void {
    const now = this.clock.now();
    // By both clocks: a machine that was suspended shows it by the wall clock only.
    const gapMs = Math.max(at - this.#freshAt, now - this.#confirmedAt);
    if (gapMs > this.longestGapMs) for (const observer of this.#gapObservers) observer();
    if (at > this.#freshAt) this.#freshAt = at;
    this.#confirmedAt = now;
  }

  /** How long ago this process was last known to have seen everything, in ms. */
  stalenessMs(): number {
    return Math.max(0, this.clock.monotonic() - this.#freshAt);
  }

  observeGaps(observer: () => void): void {
    this.#gapObservers.push(observer);
  }
}
