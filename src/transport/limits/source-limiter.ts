import { randomInt } from 'node:crypto';
import type { Clock } from '../../auth/clock';

const SLOTS = 1 << 17;

export interface Rate {
  /** How many calls are allowed at once. */
  readonly burst: number;
  /** How fast they come back, in ms per call. */
  readonly intervalMs: number;
}

/**
 * Limits calls per source in fixed memory (2 MiB) however many sources there are: the generic cell rate algorithm over
 * a count-min sketch of two rows. A source has one slot in each row, at places that cannot be predicted from outside;
 * it is limited only when both are used up. Nothing is ever evicted, so no flood of other sources resets a counter; two
 * sources can only share one, and a wrong refusal needs a collision with busy sources in both rows.
 */
export class SourceLimiter {
  /** For every slot the time, by `Clock.monotonic`, at which all that it has let through will have been paid back. */
  readonly #rows = [new Float64Array(SLOTS), new Float64Array(SLOTS)] as const;
  readonly #seeds = [randomInt(2 ** 32), randomInt(2 ** 32)] as const;

  constructor(
    private readonly rate: Rate,
    private readonly clock: Clock,
  ) {}

  /** As `take`, but counts nothing. */
  wait(source: string): number {
    const paidBackAt = this.#paidBackAt(slot(source, this.#seeds[0]), slot(source, this.#seeds[1]));
    return Math.max(0, this.#waitMs(paidBackAt));
  }

  /** Takes one call of the source. Returns 0, or the ms until one would be allowed; a refused call is not counted. */
  take(source: string): number {
    const [first, second] = this.#rows;
    const a = slot(source, this.#seeds[0]);
    const b = slot(source, this.#seeds[1]);
    const paidBackAt = this.#paidBackAt(a, b);
    const waitMs = this.#waitMs(paidBackAt);
    if (waitMs > 0) return waitMs;
    first[a] = Math.max(first[a] ?? 0, paidBackAt);
    second[b] = Math.max(second[b] ?? 0, paidBackAt);
    return 0;
  }

  /**
   * Counts one call of the source, whether or not the limit allows it: for what is known only after it was let through.
   * The source then waits until all of it has been paid back.
   */
  charge(source: string): void {
    const [first, second] = this.#rows;
    const a = slot(source, this.#seeds[0]);
    const b = slot(source, this.#seeds[1]);
    const paidBackAt = this.#paidBackAt(a, b);
    first[a] = Math.max(first[a] ?? 0, paidBackAt);
    second[b] = Math.max(second[b] ?? 0, paidBackAt);
  }

  /** When all will have been paid back if one more is let through. */
  #paidBackAt(a: number, b: number): number {
    const [first, second] = this.#rows;
    return Math.max(this.clock.monotonic(), Math.min(first[a] ?? 0, second[b] ?? 0)) + this.rate.intervalMs;
  }

  #waitMs(paidBackAt: number): number {
    return paidBackAt - this.clock.monotonic() - this.rate.burst * this.rate.intervalMs;
  }
}

/** FNV-1a from a secret start, with MurmurHash3's finaliser. */
function slot(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & (SLOTS - 1);
}
