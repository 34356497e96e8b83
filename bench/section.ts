import type { Measured } from './measure';
import type { Plot } from './plots/plot';

/** One line of the table. */
export interface Row extends Measured {
  readonly concurrency: number;
  /** CPU per call and p99 as multiples of the baseline in the same run; unset where there is none. */
  readonly cpuRatio?: number;
  readonly p99Ratio?: number;
  /** Calls per second as a multiple of those of the baseline. */
  readonly rateRatio?: number;
  /** CPU per call and p99 of each round against the round of the baseline that was run right before. */
  readonly ratiosOfRounds?: { readonly cpu: readonly number[]; readonly p99: readonly number[] };
}

/** One figure that is to be reached. */
export interface Fact {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What issue and documentation ask for. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

/** Where the CPU of a call goes. */
export interface Breakdown {
  readonly sides: readonly string[];
  /** Microseconds per call, in the order of the sides. */
  readonly parts: readonly { readonly name: string; readonly us: readonly number[] }[];
}

/** What one part of the benchmark found. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly facts: readonly Fact[];
  readonly breakdown?: Breakdown;
  /** What is drawn beside the rows and the breakdown, each of which has a picture of its own. */
  readonly plots?: readonly Plot[];
  /** Unset: true. False where the pictures in `plots` show what the rows say. */
  readonly rowsAreDrawn?: boolean;
}

export interface BenchOptions {
  /** Rounds that count. */
  readonly rounds: number;
  /** Multiplies the calls of each round. */
  readonly scale: number;
  /** Where `growth` keeps its stores for the next run. Unset: it removes them. */
  readonly stores?: string;
}

export function holds({ value, target }: Fact): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

/** Rows of one interleaved run, the first being the baseline. */
export function rowsAgainstFirst(measured: readonly Measured[], concurrency: number): Row[] {
  const [baseline] = measured;
  return measured.map((each) => ({
    ...each,
    concurrency,
    ...(baseline === undefined || each === baseline
      ? {}
      : {
          cpuRatio: each.cpuUsPerCall / baseline.cpuUsPerCall,
          p99Ratio: each.p99Us / baseline.p99Us,
          rateRatio: each.callsPerSecond / baseline.callsPerSecond,
          ratiosOfRounds: {
            cpu: divideEach(each.rounds?.cpuUsPerCall, baseline.rounds?.cpuUsPerCall),
            p99: divideEach(each.rounds?.p99Us, baseline.rounds?.p99Us),
          },
        }),
  }));
}

/** What docs/running.md says to plan for. */
export const MOST_RESIDENT_MIB = 200;

/** What the process of the last row had resident; a service that has served all rows before it. */
export function memoryFact(rows: readonly Row[], atMost = MOST_RESIDENT_MIB): Fact {
  return {
    name: 'resident in the last load',
    value: rows.at(-1)?.rssMib ?? Number.NaN,
    unit: 'MiB',
    target: { atMost },
  };
}

function divideEach(values: readonly number[] = [], by: readonly number[] = []): number[] {
  return values.map((value, at) => value / (by[at] ?? Number.NaN));
}
