import type { Users } from '../accounts/users';
import type { Call } from '../call';
import { type EndSessionsDeps, endManySessions } from './end-sessions';
import { endingIds } from './ending-sessions';

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
    private readonly deps: EndSessionsDeps & { readonly users: Pick<Users, 'findById'> },
    private readonly options: SurplusEnderOptions,
  ) {}

  /** How many users have sessions that are to be ended. */
  get waiting(): number {
    return this.#waiting.size;
  }

  add(userId: string): void {
    if (this.#isClosed) return;
    this.#waiting.add(userId);
    this.#work ??= this.#run();
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
      if (this.#isClosed) break;
    }
    // At once, not when the promise resolves: what is added from here on must begin anew.
    this.#work = undefined;
  }

  async #endBatch(userId: string): Promise<number> {
    const { users, sessions, clock } = this.deps;
    const limit = { exceptId: '', keep: this.options.perUser, atMost: BATCH };
    const [surplus, user] = await Promise.all([
      sessions.surplus(userId, limit, new Date(clock.now()), this.options.internalCall()),
      users.findById(userId, this.options.internalCall()),
    ]);
    // Those that have ended count among them while their rows do not say so.
    if (endingIds(user).size > 0) return 0;
    if (surplus.length > 0) {
      await endManySessions(this.deps, userId, surplus, { reason: 'too_many_sessions' }, this.options.internalCall());
    }
    return surplus.length;
  }
}
