export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** From 0 to 1; tests bring their own. */
  readonly random?: () => number;
}

/** Exponential backoff with jitter: each delay is between half of its step and all of it. */
export class Backoff {
  #attempts = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** @param maxMs the longest step, where it is another than usual */
  next(maxMs = this.options.maxMs): number {
    const { firstMs, random = Math.random } = this.options;
    const step = Math.min(maxMs, firstMs * 2 ** this.#attempts);
    this.#attempts = Math.min(this.#attempts + 1, 30);
    return step * (0.5 + 0.5 * random());
  }

  reset(): void {
    this.#attempts = 0;
  }
}
