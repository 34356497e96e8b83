import { performance } from 'node:perf_hooks';
import { type Measured, type Round, summary } from '../../measure';
import { readCost, threadTimes } from '../../process-cost';
import { mint } from '../../seed';
import type { ServerProcess } from '../../servers/server-process';
import { median, percentile } from '../../statistics';
import { Caller } from './caller';
import { eventLoopDelayP99 } from './event-loop';
import type { Operation } from './operations';
import type { Side } from './side';

const CALLS = 20;
/**
 * After answers of so many bytes this process collects its garbage, between two calls: otherwise it begins to by itself
 * in the eleventh to fifteenth answer of a thousand rows, and that call took 20 to 50 ms longer, whatever the store.
 */
const COLLECT_AFTER_BYTES = 2 ** 18;

interface MeasuredSide {
  readonly measured: Measured;
  /** The 99th percentile of how late the event loop of the service was, in ms. */
  readonly loopDelayMs: number;
}

/** One call after the other, side by side, round after round; the first round warms and is not counted. */
export async function measureOperation(
  { name, begin, isMadeOnce = false, calls: perRound = CALLS }: Operation,
  sides: readonly Side[],
  servers: readonly ServerProcess[],
  rounds: number,
): Promise<MeasuredSide[]> {
  const taken = sides.map((): Round[] => []);
  const delays = sides.map((): number[] => []);
  const ready = [];
  for (const [s, { store, filled }] of sides.entries()) {
    const [admin = '', heavy = ''] = await mint(store.database, [filled.admin, filled.heavy], 2, 'HS256');
    const server = servers[s] as ServerProcess;
    ready.push({
      server,
      on: { caller: new Caller(server.address), httpAddress: server.httpAddress, filled, admin, heavy },
    });
  }
  const calls = isMadeOnce ? 1 : perRound;
  for (let round = isMadeOnce ? rounds - 1 : -1; round < rounds; round += 1) {
    for (const [s, { server, on }] of ready.entries()) {
      await eventLoopDelayP99(server);
      global.gc?.();
      const one = await timed(server, calls, (n) => begin(on, n));
      const delay = await eventLoopDelayP99(server);
      if (round < 0) continue;
      taken[s]?.push(one);
      delays[s]?.push(delay);
    }
  }
  for (const { on } of ready) on.caller.close();
  return sides.map((side, s) => ({
    measured: summary(`${name}, ${side.store.name}, ${side.name}`, taken[s] ?? []),
    loopDelayMs: median(delays[s] ?? []),
  }));
}

/** Each call is made ready right before it: one may end what others would need. */
async function timed(
  server: ServerProcess,
  calls: number,
  begin: (n: number) => Promise<() => Promise<unknown>>,
): Promise<Round> {
  const took: number[] = [];
  let cpuUs = 0;
  let uncollected = 0;
  for (let n = 0; n < calls; n += 1) {
    const call = await begin(n);
    const before = readCpuUs(server);
    const calledAt = performance.now();
    const answer = await call();
    took.push((performance.now() - calledAt) * 1000);
    cpuUs += readCpuUs(server) - before;
    if (answer instanceof Uint8Array) uncollected += answer.length;
    if (uncollected < COLLECT_AFTER_BYTES) continue;
    global.gc?.();
    uncollected = 0;
  }
  return {
    calls,
    wrong: 0,
    seconds: took.reduce((sum, us) => sum + us, 0) / 1_000_000,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    generator: 'grpc-js',
    cpuUs,
    rssBytes: readCost(server.pid).rssBytes,
  };
}

function readCpuUs({ pid }: ServerProcess): number {
  const { mainUs, othersUs } = threadTimes(pid);
  return mainUs + othersUs;
}
