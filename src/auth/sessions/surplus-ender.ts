import type { Call } from '../call';
import { type EndSessionsDeps, endManySessions } from './end-sessions';

/** A few ms of the store for each write. */
const BATCH = 500;

export interface SurplusEnderOptions {
  /** MAX_SESSIONS_PER_USER. */
  readonly perUser: number;
  readonly internalCall: () => Call;
  readonly onProblem: (problem: string, cause: unknown) => void;
}

/**
 * Ends, in the background, sessions that are many more than MAX_SESSIONS_PER_USER allows: it was lowered. One user
 * after the other. What a failure or a stop leaves is found by the user's next Login.
 */
export class SurplusEnder {
  readonly #waiting = new Set<string>();
  #work: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    private readonly deps: EndSessionsDeps,
    private readonly options: SurplusEnderOptions,
  ) {}

  /** How many users have sessions that are to be ended. */
  get waiting(): number {
    return this.#waiting.size;
  }

  add(userId: string): void {
    if (this.#isClosed) return;
    this.#waiting.add(userId);
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined;
    });
  }

  /** Stops after the batch that is on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    for (const userId of this.#waiting) {
      try {
        while (!this.#isClosed && (await this.#endBatch(userId)) === BATCH);
      } catch (cause) {
        this.options.onProblem('Sessions beyond MAX_SESSIONS_PER_USER could not be ended', cause);
      }
      this.#waiting.delete(userId);
      if (this.#isClosed) return;
    }
  }

  async #endBatch(userId: string): Promise<number> {
    const { sessions, clock } = this.deps;
    const limit = { exceptId: '', keep: this.options.perUser, atMost: BATCH };
    const surplus = await sessions.surplus(userId, limit, new Date(clock.now()), this.options.internalCall());
    if (surplus.length > 0) {
      await endManySessions(this.deps, userId, surplus, { reason: 'too_many_sessions' }, this.options.internalCall());
    }
    return surplus.length;
  }
}
