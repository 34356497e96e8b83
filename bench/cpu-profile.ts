import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './statistics';

/** What a sample was taken in. */
export interface Frame {
  readonly functionName: string;
  /** Empty for what is no code of a file. */
  readonly url: string;
}

/** From when to when, in microseconds of the monotonic clock. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/**
 * As `node --cpu-prof` writes it (Chrome DevTools protocol, Profiler.Profile); times in microseconds of the monotonic
 * clock.
 */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Each since the sample before, the first since the start. */
  readonly timeDeltas: readonly number[];
}

/** The clock of the windows, now. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * How long the main thread was in each part by itself, not in what it called, in microseconds. Every sample counts for
 * the usual time between two: a sample after which the thread had to wait for a core would count for the wait, too.
 */
export function timeByPart(
  directory: string,
  windows: readonly Window[],
  findPart: (frame: Frame) => string,
): Map<string, number> {
  const { nodes, startTime, samples, timeDeltas } = readProfile(directory);
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, findPart(callFrame)]));
  const each = median(timeDeltas);
  const times = new Map<string, number>();
  let at = startTime;
  for (const [n, id] of samples.entries()) {
    at += timeDeltas[n] ?? 0;
    const part = parts.get(id);
    if (part === undefined || !windows.some(({ from, to }) => from <= at && at < to)) continue;
    times.set(part, (times.get(part) ?? 0) + each);
  }
  if (times.size === 0) throw new Error('The CPU profile has no sample of the load');
  return times;
}

/** The name of a profile ends with the ids of process and thread, and a number; the main thread is 0. */
function readProfile(directory: string): CpuProfile {
  const file = readdirSync(directory).find((name) => /\.\d+\.0\.\d+\.cpuprofile$/.test(name));
  if (file === undefined) throw new Error('The server wrote no CPU profile');
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile;
}
