import { performance } from 'node:perf_hooks';
import { type Measured, type Round, summary } from '../../measure';
import { readCost, threadTimes } from '../../process-cost';
import { mint } from '../../seed';
import type { ServerProcess } from '../../servers/server-process';
import { percentile } from '../../statistics';
import { Caller } from './caller';
import type { Operation } from './operations';
import type { Side } from './side';

const CALLS = 20;

/** One call after the other, side by side, round after round; the first round warms and is not counted. */
export async function measureOperation(
  { name, begin, isMadeOnce = false, calls: perRound = CALLS }: Operation,
  sides: readonly Side[],
  servers: readonly ServerProcess[],
  rounds: number,
): Promise<Measured[]> {
  const taken = sides.map((): Round[] => []);
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
      const one = await timed(server, calls, (n) => begin(on, n));
      if (round >= 0) taken[s]?.push(one);
    }
  }
  for (const { on } of ready) on.caller.close();
  return sides.map((side, s) => summary(`${name}, ${side.store.name}, ${side.name}`, taken[s] ?? []));
}

/** Each call is made ready right before it: one may end what others would need. */
async function timed(
  server: ServerProcess,
  calls: number,
  begin: (n: number) => Promise<() => Promise<unknown>>,
): Promise<Round> {
  const took: number[] = [];
  let cpuUs = 0;
  for (let n = 0; n < calls; n += 1) {
    const call = await begin(n);
    const before = readCpuUs(server);
    const calledAt = performance.now();
    await call();
    took.push((performance.now() - calledAt) * 1000);
    cpuUs += readCpuUs(server) - before;
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
