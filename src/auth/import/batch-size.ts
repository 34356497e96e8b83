const LONG_MS = 1_000;

/**
 * How many rows to take up at once: fewer while they take long (fast hashes are hashed again, with whatever argon2id
 * costs here), so that each row is answered in its time.
 */
export class BatchSize {
  #rows = 1;

  constructor(private readonly most: number) {}

  get rows(): number {
    return this.#rows;
  }

  /** A batch took this long. */
  adapt(ms: number): void {
    if (ms > LONG_MS) this.#rows = Math.max(1, Math.floor(this.#rows / 2));
    else if (ms < LONG_MS / 4) this.#rows = Math.min(this.most, this.#rows * 2);
  }
}
