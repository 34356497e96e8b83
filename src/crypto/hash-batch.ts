import type { Call } from '../auth/call';
import { CallEndedError } from '../auth/errors';

/** What became of one job; undefined: it was not begun, since nobody wanted it any more. */
export type HashOutcome<Value> = { readonly value: Value } | { readonly error: string } | undefined;

/**
 * Does the jobs one after the other and tells what became of each, in their order. One whose place in `ended` is not 0 when its turn has
 * come is left out. Rejects when nothing is known of any.
 */
export type HashWork<Job, Value> = (
  jobs: readonly Job[],
  ended: Int32Array<SharedArrayBuffer>,
) => Promise<readonly HashOutcome<Value>[]>;

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
  readonly #ended: Int32Array<SharedArrayBuffer>;

  constructor(private readonly wanted: readonly Wanted<Job, Value>[]) {
    this.#ended = new Int32Array(new SharedArrayBuffer(wanted.length * Int32Array.BYTES_PER_ELEMENT));
  }

  /** Has them done and tells everybody; itself it never fails. Returns how many were done. */
  async done(work: HashWork<Job, Value>): Promise<number> {
    const stopWatching = this.#watch();
    try {
      for (const { begin } of this.wanted) begin?.(this.wanted.length - 1);
      const outcomes = await work(
        this.wanted.map(({ job }) => job),
        this.#ended,
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

  /** Even the first may end before it is begun: a thread has to start first. */
  #watch(): () => void {
    const stops = this.wanted.map(({ call: { signal } }, n) => {
      const onAbort = (): void => {
        Atomics.store(this.#ended, n, 1);
      };
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort);
      return () => signal.removeEventListener('abort', onAbort);
    });
    return () => {
      for (const stop of stops) stop();
    };
  }
}

function tell<Value>({ call, resolve, reject }: Wanted<unknown, Value>, outcome: HashOutcome<Value>): void {
  if (outcome === undefined) reject(new CallEndedError(call.cancelled));
  else if ('error' in outcome) reject(new Error(`Hashing failed: ${outcome.error}`));
  else resolve(outcome.value);
}
