import type { Call } from '../../auth/call';
import { CallEndedError } from '../../auth/errors';

/** What became of one job; undefined: it was left out. */
export type HashOutcome<Value> = { readonly value: Value } | { readonly error: string } | undefined;

/** Where a job is. It is begun, or its call has ended before: whoever is first at its WAITING has it. */
export const JOB = { WAITING: 0, BEGUN: 1, DONE: 2, UNWANTED: 3 } as const;

/** One of `JOB` for each job, in memory that threads share, changed atomically. */
export type JobStates = Int32Array<SharedArrayBuffer>;

/**
 * Does the jobs one after the other, telling in `states` where it is, and what became of each, in their order. One that
 * is not WAITING any more when its turn has come is left out. Rejects when nothing is known of any.
 */
export type HashWork<Job, Value> = (jobs: readonly Job[], states: JobStates) => Promise<readonly HashOutcome<Value>[]>;

/** A job, who wants it done, and how to tell. */
export interface Wanted<Job, Value> {
  readonly call: Call;
  readonly job: Job;
  /** Its turn has come, together with those of so many others. */
  readonly begin?: ((others: number) => void) | undefined;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that are done one after the other, by somebody who hears meanwhile which of them are no longer wanted. */
export class HashBatch<Job, Value> {
  readonly #states: JobStates;

  constructor(private readonly wanted: readonly Wanted<Job, Value>[]) {
    this.#states = new Int32Array(new SharedArrayBuffer(wanted.length * Int32Array.BYTES_PER_ELEMENT));
  }

  /**
   * How many are still to be done, the one that runs included; at least one, since the place is taken until all are
   * told.
   */
  get left(): number {
    let left = 0;
    for (const n of this.wanted.keys()) {
      const state = Atomics.load(this.#states, n);
      if (state === JOB.WAITING || state === JOB.BEGUN) left += 1;
    }
    return Math.max(1, left);
  }

  /** Has them done and tells everybody; itself it never fails. Returns how many were done. */
  async done(work: HashWork<Job, Value>): Promise<number> {
    const stopWatching = this.#watch();
    try {
      for (const { begin } of this.wanted) begin?.(this.wanted.length - 1);
      const outcomes = await work(
        this.wanted.map(({ job }) => job),
        this.#states,
      );
      for (const [n, wanted] of this.wanted.entries()) tell(wanted, outcomes[n]);
      return outcomes.filter((outcome) => outcome !== undefined && 'value' in outcome).length;
    } catch (error) {
      for (const { reject } of this.wanted) reject(error);
      return 0;
    } finally {
      stopWatching();
    }
  }

  /** A call that ends before its job is begun hears so at once. Even the first may: a thread has to start first. */
  #watch(): () => void {
    const stops = this.wanted.map(({ call, reject }, n) => {
      const onAbort = (): void => {
        const was = Atomics.compareExchange(this.#states, n, JOB.WAITING, JOB.UNWANTED);
        if (was === JOB.WAITING) reject(new CallEndedError(call.cancelled));
      };
      if (call.signal.aborted) onAbort();
      call.signal.addEventListener('abort', onAbort);
      return () => call.signal.removeEventListener('abort', onAbort);
    });
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/** Whose job was left out has heard so. */
function tell<Value>({ resolve, reject }: Wanted<unknown, Value>, outcome: HashOutcome<Value>): void {
  if (outcome === undefined) return;
  if ('error' in outcome) reject(new Error(`Hashing failed: ${outcome.error}`));
  else resolve(outcome.value);
}
