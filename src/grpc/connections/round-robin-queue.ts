import { systemClock } from '../../auth/clock';

/**
 * Dispatched per iteration of the event loop: each costs up to a millisecond, and a storm of them must not delay calls.
 */
const MAX_PER_ITERATION = 4;

/**
 * What waits to be dispatched: a few in each iteration of the event loop, one of each source after the other, so that
 * no source waits behind the many of another source.
 */
export class RoundRobinQueue<T> {
  readonly #waiting = new Map<string, T[]>();
  #dispatchedAt = systemClock.monotonic();
  #hasGrown = false;

  /**
   * @param holdMs dispatches nothing for up to this time while something is added in every iteration: for what comes in
   *   one at a time, and would come in ever more slowly the more is dispatched meanwhile
   */
  constructor(
    private readonly dispatch: (item: T) => void,
    private readonly holdMs = 0,
  ) {}

  add(source: string, item: T): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#iterate());
    const items = this.#waiting.get(source);
    if (items === undefined) this.#waiting.set(source, [item]);
    else items.push(item);
    this.#hasGrown = true;
  }

  #iterate(): void {
    if (!this.#isHolding()) this.#dispatchSome();
    if (this.#waiting.size > 0) setImmediate(() => this.#iterate());
  }

  #isHolding(): boolean {
    const hasGrown = this.#hasGrown;
    this.#hasGrown = false;
    return hasGrown && systemClock.monotonic() - this.#dispatchedAt < this.holdMs;
  }

  #dispatchSome(): void {
    let left = MAX_PER_ITERATION;
    for (const [source, items] of this.#waiting) {
      if (left === 0) break;
      left -= 1;
      const first = items.shift();
      this.#waiting.delete(source);
      // At the end, where this loop comes to it again when there are few others.
      if (items.length > 0) this.#waiting.set(source, items);
      if (first !== undefined) this.dispatch(first);
    }
    this.#dispatchedAt = systemClock.monotonic();
  }
}
