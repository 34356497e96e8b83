import { performance } from 'node:perf_hooks';
import { type Measured, type Round, summary } from '../../measure';
import { costOf, threadTimes } from '../../process-cost';
import { mint } from '../../seed';
import type { ServerProcess } from '../../servers/server-process';
import { percentile } from '../../statistics';
import { Caller } from './caller';
import type { Operation } from './operations';
import type { Side } from './side';

const CALLS = 20;

/** One call after the other, side by side, round after round; the first round warms and is not counted. */
export async function measureOperation(
  { name, begin }: Operation,
  sides: readonly Side[],
  servers: readonly ServerProcess[],
  rounds: number,
): Promise<Measured[]> {
  const taken = sides.map((): Round[] => []);
  const ready = [];
  for (const [s, { store, filled }] of sides.entries()) {
    const [admin = '', heavy = ''] = await mint(store.database, [filled.admin, filled.heavy], 2, 'HS256');
    const server = servers[s] as ServerProcess;
    ready.push({ server, on: { caller: new Caller(server.address), filled, admin, heavy } });
  }
  for (let round = -1; round < rounds; round += 1) {
    for (const [s, { server, on }] of ready.entries()) {
      const calls = [];
      for (let n = 0; n < CALLS; n += 1) calls.push(await begin(on, n));
      const one = await timed(server, calls);
      if (round >= 0) taken[s]?.push(one);
    }
  }
  for (const { on } of ready) on.caller.close();
  return sides.map((side, s) => summary(`${name}, ${side.store.name}, ${side.name}`, taken[s] ?? []));
}

async function timed(server: ServerProcess, calls: readonly (() => Promise<unknown>)[]): Promise<Round> {
  const before = cpuUsOf(server);
  const startedAt = performance.now();
  const took: number[] = [];
  for (const call of calls) {
    const calledAt = performance.now();
    await call();
    took.push((performance.now() - calledAt) * 1000);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    calls: calls.length,
    wrong: 0,
    seconds,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    generator: 'grpc-js',
    cpuUs: cpuUsOf(server) - before,
    rssBytes: costOf(server.pid).rssBytes,
  };
}

function cpuUsOf({ pid }: ServerProcess): number {
  const { mainUs, othersUs } = threadTimes(pid);
  return mainUs + othersUs;
}
