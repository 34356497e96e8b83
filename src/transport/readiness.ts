/** Whether the process can do all of its work, and does not go away. */
export interface Readiness {
  /** What is not ready, for people; empty when all is. */
  readonly missing: readonly string[];
}

/** Ready while the store takes writes and revocations are known, until the drain. */
export class ServiceReadiness implements Readiness {
  #drains = false;

  constructor(private readonly store: () => { readonly storeAnswers: boolean; readonly canValidate: boolean }) {}

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
