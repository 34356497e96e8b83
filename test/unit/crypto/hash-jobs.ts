import type { Call } from '../../../src/auth/call';
import { type HashOutcome, type HashWork, JOB_STATE } from '../../../src/crypto/passwords/hash-batch';
import type { HashHooks, HashQueue } from '../../../src/crypto/passwords/hash-queue';

/** Jobs that end when the test lets them; those of one batch one after the other. */
export class HashJobs {
  readonly batches: string[][] = [];
  readonly started: string[] = [];
  readonly #ends = new Map<string, (outcome: HashOutcome<string>) => void>();

  readonly work: HashWork<string, string> = async (names, states) => {
    this.batches.push([...names]);
    const outcomes: HashOutcome<string>[] = [];
    for (const [n, name] of names.entries()) {
      const isPending = Atomics.compareExchange(states, n, JOB_STATE.PENDING, JOB_STATE.RUNNING) === JOB_STATE.PENDING;
      outcomes.push(isPending ? await this.#outcome(name) : undefined);
      if (isPending) Atomics.store(states, n, JOB_STATE.DONE);
    }
    return outcomes;
  };

  end(name: string, outcome: HashOutcome<string> = { value: name }): void {
    this.#ends.get(name)?.(outcome);
  }

  #outcome(name: string): Promise<HashOutcome<string>> {
    this.started.push(name);
    return new Promise((resolve) => this.#ends.set(name, resolve));
  }
}

/**
 * Runs a job as Login does: reserves a place, does what is to be done before the hash, and gives the place back when
 * that fails.
 */
export async function runJob(
  queue: HashQueue<string, string>,
  call: Call,
  name: string,
  { prepare, ...hooks }: HashHooks & { readonly prepare?: () => Promise<unknown> } = {},
): Promise<string> {
  const ticket = queue.reserve(call);
  try {
    if (prepare !== undefined) await prepare();
  } catch (error) {
    ticket.release();
    throw error;
  }
  return ticket.run(name, hooks);
}
