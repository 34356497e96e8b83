/** A pause that can be ended early, for good. */
export class Wait {
  #isEnded = false;
  #end: () => void = () => {};

  /** Resolves after `ms`, or when `end` is called, also before. */
  for(ms: number): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#end();
  }
}
