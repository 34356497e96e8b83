import type { Call } from '../../auth/call';
import { CallEndedError } from '../../auth/errors';

/** The outcome of one job; undefined: it was skipped. */
export type HashOutcome<Value> = { readonly value: Value } | { readonly error: string } | undefined;

/** The state of a job. It starts to run, or its call ends before that: the first to replace PENDING decides. */
export const JOB_STATE = { PENDING: 0, RUNNING: 1, DONE: 2, CANCELLED: 3 } as const;

/** One of `JOB_STATE` for each job, in memory that threads share, changed atomically. */
export type JobStates = Int32Array<SharedArrayBuffer>;

/**
 * Runs the jobs one after the other, keeps their states in `states` and returns their outcomes in order. A job that is
 * no longer PENDING when it is next is skipped. Rejects when no outcome is known.
 */
export type HashWork<Job, Value> = (jobs: readonly Job[], states: JobStates) => Promise<readonly HashOutcome<Value>[]>;

/** A job that waits for its outcome. */
export interface PendingHash<Job, Value> {
  readonly call: Call;
  readonly job: Job;
  /** The job is about to run, in one batch with so many others. */
  readonly onStart?: ((others: number) => void) | undefined;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that a thread runs one after the other, which learns meanwhile which of them were cancelled. */
export class HashBatch<Job, Value> {
  readonly #states: JobStates;

  constructor(private readonly pending: readonly PendingHash<Job, Value>[]) {
    this.#states = new Int32Array(new SharedArrayBuffer(pending.length * Int32Array.BYTES_PER_ELEMENT));
  }

  /**
   * How many are still to be done, the one that runs included; at least one, since the thread is taken until all are
   * answered.
   */
  get remaining(): number {
    let remaining = 0;
    for (const n of this.pending.keys()) {
      const state = Atomics.load(this.#states, n);
      if (state === JOB_STATE.PENDING || state === JOB_STATE.RUNNING) remaining += 1;
    }
    return Math.max(1, remaining);
  }

  /** Runs them and delivers every outcome; never rejects. Returns how many have a value. */
  async run(work: HashWork<Job, Value>): Promise<number> {
    const removeListeners = this.#cancelOnAbort();
    try {
      for (const { onStart } of this.pending) onStart?.(this.pending.length - 1);
      const outcomes = await work(
        this.pending.map(({ job }) => job),
        this.#states,
      );
      for (const [n, pending] of this.pending.entries()) deliver(pending, outcomes[n]);
      return outcomes.filter((outcome) => outcome !== undefined && 'value' in outcome).length;
    } catch (error) {
      for (const { reject } of this.pending) reject(error);
      return 0;
    } finally {
      removeListeners();
    }
  }

  /** A call that ends while its job is pending learns so at once, also before its thread has started. */
  #cancelOnAbort(): () => void {
    const stops = this.pending.map(({ call, reject }, n) => {
      const onAbort = (): void => {
        const was = Atomics.compareExchange(this.#states, n, JOB_STATE.PENDING, JOB_STATE.CANCELLED);
        if (was === JOB_STATE.PENDING) reject(new CallEndedError(call.cancelled));
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

/** The call of a skipped job was rejected when it was cancelled. */
function deliver<Value>({ resolve, reject }: PendingHash<unknown, Value>, outcome: HashOutcome<Value>): void {
  if (outcome === undefined) return;
  if ('error' in outcome) reject(new Error(`Hashing failed: ${outcome.error}`));
  else resolve(outcome.value);
}
