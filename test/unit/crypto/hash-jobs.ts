import { type HashOutcome, type HashWork, JOB } from '../../../src/crypto/passwords/hash-batch';

/** Jobs that end when they are told to; those of one turn one after the other. */
export class HashJobs {
  readonly turns: string[][] = [];
  readonly started: string[] = [];
  readonly #ends = new Map<string, (outcome: HashOutcome<string>) => void>();

  readonly work: HashWork<string, string> = async (names, states) => {
    this.turns.push([...names]);
    const outcomes: HashOutcome<string>[] = [];
    for (const [n, name] of names.entries()) {
      const isWanted = Atomics.compareExchange(states, n, JOB.WAITING, JOB.BEGUN) === JOB.WAITING;
      outcomes.push(isWanted ? await this.#outcome(name) : undefined);
      if (isWanted) Atomics.store(states, n, JOB.DONE);
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
