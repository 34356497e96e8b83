import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a sample was taken in. */
export interface Frame {
  readonly functionName: string;
  /** Empty for what is no JavaScript of a file. */
  readonly url: string;
}

/** As `node --cpu-prof` writes it (the CPU profile of the Chrome DevTools protocol); times in microseconds of the monotonic clock. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The same clock, now. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** How long the main thread was in each part between two times, by itself and not in what it called, in microseconds. */
export function timeByPart(
  directory: string,
  between: { readonly from: number; readonly to: number },
  partOf: (frame: Frame) => string,
): Map<string, number> {
  const { nodes, startTime, samples, timeDeltas } = readProfile(directory);
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const times = new Map<string, number>();
  let at = startTime;
  for (const [n, id] of samples.entries()) {
    // A delta is the time since the sample before.
    const took = timeDeltas[n + 1] ?? 0;
    at += timeDeltas[n] ?? 0;
    if (at < between.from || at >= between.to) continue;
    const part = parts.get(id) ?? '';
    times.set(part, (times.get(part) ?? 0) + took);
  }
  return times;
}

/** The name of a profile ends with the ids of process and thread, and a number; the main thread is 0. */
function readProfile(directory: string): CpuProfile {
  const file = readdirSync(directory).find((name) => /\.\d+\.0\.\d+\.cpuprofile$/.test(name));
  if (file === undefined) throw new Error('The server wrote no CPU profile');
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile;
}
