import { performance } from 'node:perf_hooks';

/** Begun per iteration of the event loop: each costs up to a millisecond, and a storm of them must not delay calls. */
const MAX_PER_ITERATION = 4;

/**
 * What waits to be begun: a few in each iteration of the event loop, one of each source after the other, so that no
 * source waits behind the many of another source.
 */
export class RoundRobinQueue<T> {
  readonly #waiting = new Map<string, T[]>();
  #begunAt = 0;
  #hasGrown = false;

  /**
   * @param holdMs begins nothing for up to this time while something is added in every iteration: for what comes in one
   *   at a time, and would come in ever more slowly the more is begun meanwhile
   */
  constructor(
    private readonly begin: (item: T) => void,
    private readonly holdMs = 0,
  ) {}

  add(source: string, item: T): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#iterate());
    const ofSource = this.#waiting.get(source);
    if (ofSource === undefined) this.#waiting.set(source, [item]);
    else ofSource.push(item);
    this.#hasGrown = true;
  }

  #iterate(): void {
    if (!this.#holds()) this.#beginSome();
    if (this.#waiting.size > 0) setImmediate(() => this.#iterate());
  }

  #holds(): boolean {
    const hasGrown = this.#hasGrown;
    this.#hasGrown = false;
    return hasGrown && performance.now() - this.#begunAt < this.holdMs;
  }

  #beginSome(): void {
    let left = MAX_PER_ITERATION;
    for (const [source, items] of this.#waiting) {
      if (left === 0) break;
      left -= 1;
      const first = items.shift();
      this.#waiting.delete(source);
      // At the end, where this loop comes to it again when there are few others.
      if (items.length > 0) this.#waiting.set(source, items);
      if (first !== undefined) this.begin(first);
    }
    this.#begunAt = performance.now();
  }
}
