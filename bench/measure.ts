import { generate } from './load/generate';
import type { Load, Outcome } from './load/load';
import { readCost } from './process-cost';
import type { ServerProcess } from './servers/server-process';
import { median } from './statistics';

/** A load for a server that runs. */
export interface Side {
  readonly name: string;
  readonly server: ServerProcess;
  readonly load: Omit<Load, 'address'>;
}

/** Medians of the rounds. */
export interface Measured {
  readonly name: string;
  readonly callsPerSecond: number;
  readonly cpuUsPerCall: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly rssMib: number;
  readonly wrong: number;
  readonly generator: Outcome['generator'];
  /** Each round by itself, in the order in which they were run; not of sections kept before this was. */
  readonly rounds?: {
    readonly callsPerSecond: readonly number[];
    readonly cpuUsPerCall: readonly number[];
    readonly p99Us: readonly number[];
  };
}

export interface Round extends Outcome {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/**
 * Runs the loads one after the other, round after round (A B A B), so that whatever else the machine does meets all
 * alike; one round of warming comes first and is not counted.
 */
export async function measure(sides: readonly Side[], rounds: number): Promise<Measured[]> {
  const taken = new Rounds();
  await taken.add(sides, rounds);
  return taken.measured();
}

/**
 * One process can be dearer than another of the same program for as long as it lives, so what is compared is measured
 * in so many.
 */
export const PROCESSES = 3;

/** The rounds of sides by their names, from however many processes. */
export class Rounds {
  readonly #taken = new Map<string, Round[]>();

  /** Runs so many more, as `measure` does. */
  async add(sides: readonly Side[], rounds: number): Promise<void> {
    for (let round = -1; round < rounds; round += 1) {
      for (const side of sides) {
        const one = await measureOnce(side);
        if (round >= 0) this.#of(side.name).push(one);
      }
    }
  }

  /** Runs it once, and counts it. */
  async addOne(side: Side): Promise<void> {
    this.#of(side.name).push(await measureOnce(side));
  }

  /** In the order in which the sides came first. */
  measured(): Measured[] {
    return [...this.#taken].map(([name, rounds]) => summary(name, rounds));
  }

  #of(name: string): Round[] {
    const taken = this.#taken.get(name) ?? [];
    this.#taken.set(name, taken);
    return taken;
  }
}

export async function measureOnce({ server, load }: Side): Promise<Round> {
  const before = readCost(server.pid);
  const outcome = await generate({ ...load, address: server.address });
  const after = readCost(server.pid);
  return { ...outcome, cpuUs: after.cpuUs - before.cpuUs, rssBytes: after.rssBytes };
}

export function summary(name: string, rounds: readonly Round[]): Measured {
  const callsPerSecond = rounds.map(({ calls, seconds }) => calls / seconds);
  const cpuUsPerCall = rounds.map(({ calls, cpuUs }) => cpuUs / calls);
  const p99Us = rounds.map(({ p99 }) => p99);
  return {
    name,
    callsPerSecond: median(callsPerSecond),
    cpuUsPerCall: median(cpuUsPerCall),
    p50Us: median(rounds.map(({ p50 }) => p50)),
    p99Us: median(p99Us),
    rssMib: median(rounds.map(({ rssBytes }) => rssBytes / 2 ** 20)),
    wrong: rounds.reduce((sum, { wrong }) => sum + wrong, 0),
    generator: rounds[0]?.generator ?? 'frames',
    rounds: { callsPerSecond, cpuUsPerCall, p99Us },
  };
}
