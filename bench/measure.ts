import { generate } from './load/generate';
import type { Load, Outcome } from './load/load';
import { costOf } from './process-cost';
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
  readonly rssMb: number;
  readonly wrong: number;
  readonly generator: Outcome['generator'];
}

export interface Round extends Outcome {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/**
 * Runs the loads one after the other, round after round (A B A B), so that whatever else the machine does meets all alike; one round of
 * warming comes first and is not counted.
 */
export async function measure(sides: readonly Side[], rounds: number): Promise<Measured[]> {
  const taken = await takeRounds(sides, rounds);
  return sides.map(({ name }, at) => summary(name, taken[at] ?? []));
}

/** One process can be dearer than another of the same program for as long as it lives, so what is compared is measured in so many. */
export const PROCESSES = 3;

/** As `measure`, the sides started anew for each part of the rounds. */
export async function measureInProcesses(
  names: readonly string[],
  rounds: number,
  withSides: (use: (sides: readonly Side[]) => Promise<void>) => Promise<void>,
): Promise<Measured[]> {
  const taken = names.map((): Round[] => []);
  for (let n = 0; n < PROCESSES; n += 1) {
    await withSides(async (sides) => {
      const more = await takeRounds(sides, Math.ceil(rounds / PROCESSES));
      for (const [at, each] of more.entries()) taken[at]?.push(...each);
    });
  }
  return names.map((name, at) => summary(name, taken[at] ?? []));
}

/** As `measure`: the rounds of each side. */
export async function takeRounds(sides: readonly Side[], rounds: number): Promise<Round[][]> {
  const taken = sides.map((): Round[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [at, side] of sides.entries()) {
      const one = await measureOnce(side);
      if (round >= 0) taken[at]?.push(one);
    }
  }
  return taken;
}

export async function measureOnce({ server, load }: Side): Promise<Round> {
  const before = costOf(server.pid);
  const outcome = await generate({ ...load, address: server.address });
  const after = costOf(server.pid);
  return { ...outcome, cpuUs: after.cpuUs - before.cpuUs, rssBytes: after.rssBytes };
}

export function summary(name: string, rounds: readonly Round[]): Measured {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  return {
    name,
    callsPerSecond: of(({ calls, seconds }) => calls / seconds),
    cpuUsPerCall: of(({ calls, cpuUs }) => cpuUs / calls),
    p50Us: of(({ p50 }) => p50),
    p99Us: of(({ p99 }) => p99),
    rssMb: of(({ rssBytes }) => rssBytes / 2 ** 20),
    wrong: rounds.reduce((sum, { wrong }) => sum + wrong, 0),
    generator: rounds[0]?.generator ?? 'frames',
  };
}
