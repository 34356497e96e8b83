import type { StoreState } from './store-watch';

/** Whether the process can do all of its work, and does not go away. */
export class Readiness {
  #drains = false;

  constructor(private readonly store: () => StoreState) {}

  /** For people; empty when all is there. */
  get missing(): readonly string[] {
    const { storeAnswers, canValidate } = this.store();
    return [
      ...(storeAnswers ? [] : ['store']),
      ...(canValidate ? [] : ['revocation feed']),
      ...(this.#drains ? ['new calls, it stops'] : []),
    ];
  }

  get isReady(): boolean {
    return this.missing.length === 0;
  }

  /** Not ready from now on. */
  drain(): void {
    this.#drains = true;
  }
}
