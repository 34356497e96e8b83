import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { openSessions } from '../load/open-sessions';
import { type Received, WatcherFleet } from '../load/watcher-fleet';
import { readCost, readOwnMemory } from '../process-cost';
import type { BenchOptions, Fact, Section } from '../section';
import { seed, seedWatcher, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

const WATCHERS = 2_000;
const SECONDS = 10;
/** Until what the streams needed at their beginning only has been collected. */
const REST_MS = 15_000;
const LOGOUTS_PER_ROUND = 4;
const DELIVERY_MS = 5_000;

/**
 * What many watchers cost one replica: CPU while nothing happens, memory, and how long a revocation takes to all of
 * them. Each has a connection of its own, as clients in so many processes have.
 */
export async function watchers({ rounds, scale }: BenchOptions): Promise<Section> {
  const count = Math.round(WATCHERS * scale);
  const { database, url, remove } = temporaryDatabase();
  await seed(database, { users: 1 });
  const apiKey = await seedWatcher(database);
  const server = await startPostern({
    DATABASE_URL: url,
    HTTP_ADDRESS: '127.0.0.1:0',
    MAX_CONNECTIONS_PER_SOURCE: String(count + 100),
  });
  const [alone, emptyBytes] = [[] as number[], readOwnMemory(server.pid)];
  for (let round = 0; round < rounds; round += 1) alone.push(await coreShare(server));
  const fleet = await WatcherFleet.open(server.address, apiKey, count);
  await after(REST_MS);
  const bytes = (readOwnMemory(server.pid) - emptyBytes) / count;
  const watched: number[] = [];
  const deliveries: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    watched.push(await coreShare(server));
    deliveries.push(...(await revoke(server, fleet.received, count)));
  }
  const { open } = fleet;
  fleet.close();
  await server.stop();
  remove();
  if (open < count) throw new Error(`${count - open} of ${count} watchers were cut off`);
  const facts: Fact[] = [
    { name: 'a core, idle, without watchers', value: 100 * median(alone), unit: '%' },
    { name: 'a core, idle, with them', value: 100 * median(watched), unit: '%', target: { atMost: 5 } },
    { name: 'memory of a watcher', value: bytes / 1024, unit: 'KB', target: { atMost: 20 } },
    {
      name: 'Logout sent to heard by all, the slowest of all trials',
      value: Math.max(...deliveries),
      unit: 'ms',
      target: { atMost: 250 },
    },
    { name: 'the same, median', value: median(deliveries), unit: 'ms' },
  ];
  return { id: 'watchers', title: `${count.toLocaleString('en')} watchers on one replica`, rows: [], facts };
}

/** Which share of a core the server uses while nobody calls it. */
async function coreShare({ pid }: ServerProcess): Promise<number> {
  const [startedAt, before] = [performance.now(), readCost(pid).cpuUs];
  await after(SECONDS * 1_000);
  return (readCost(pid).cpuUs - before) / 1_000 / (performance.now() - startedAt);
}

/** Ends sessions one after the other; ms from the call to the last watcher that heard of it. */
async function revoke(server: ServerProcess, received: Received, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < LOGOUTS_PER_ROUND; n += 1) {
    const [refreshToken = ''] = await openSessions(server.address, 1);
    received.revocations.clear();
    const startedAt = performance.now();
    await logOut(server, refreshToken);
    took.push((await heardByAll(received, count)) - startedAt);
  }
  return took;
}

async function logOut({ httpAddress }: ServerProcess, refreshToken: string): Promise<void> {
  const { status } = await fetch(`http://${httpAddress}/postern.auth.v1.AuthService/Logout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
  });
  if (status !== 200) throw new Error(`Logout answered ${status}`);
}

/** When the last watcher heard. */
async function heardByAll({ revocations }: Received, count: number): Promise<number> {
  const giveUpAt = performance.now() + DELIVERY_MS;
  while (performance.now() < giveUpAt) {
    const [times = []] = revocations.values();
    if (times.length >= count) return Math.max(...times);
    await after(1);
  }
  throw new Error('A revocation did not come to all watchers');
}
