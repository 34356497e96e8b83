import { measureOnce, type Round, summary } from '../measure';
import { readCost } from '../process-cost';
import * as requests from '../requests';
import type { BenchOptions, Fact, Row, Section } from '../section';
import { PASSWORD, seed } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { type LoginRound, loginFacts } from './login-facts';
import { rawHashRate } from './raw-hash-rate';
import { bothStores, type StoreUnderTest } from './stores';

const CALLS = 400;
const USERS = 200;
const CONCURRENCIES = [1, 16, 64] as const;

/** Password logins, against argon2id alone on the same cores. */
export async function login(options: BenchOptions): Promise<Section> {
  const rows: Row[] = [];
  const facts: Fact[] = [];
  for (const store of await bothStores()) {
    await seed(store.database, { users: USERS });
    const server = await startPostern({ DATABASE_URL: store.url });
    for (const concurrency of CONCURRENCIES) {
      const rounds = await measureLogins(server, store, concurrency, options);
      rows.push({ ...summary(`Login, ${store.name}`, rounds), concurrency });
      if (concurrency === 64) facts.push(...loginFacts(store.name, rounds));
    }
    await server.stop();
    await store.remove();
  }
  return { id: 'login', title: 'Login', rows, facts };
}

/** Each round first measures argon2id alone. */
async function measureLogins(
  server: ServerProcess,
  { name, enginePid }: StoreUnderTest,
  concurrency: number,
  { rounds, scale }: BenchOptions,
): Promise<(Round & LoginRound)[]> {
  const bodies = Array.from({ length: USERS }, (_, n) => requests.loginRequest(`user-${n}`, PASSWORD));
  const load = requests.buildLoad('Login', bodies, -1, { concurrency, calls: Math.round(CALLS * scale) });
  const taken: (Round & LoginRound)[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const raw = await rawHashRate();
    const before = engineCpuUs(enginePid);
    const once = await measureOnce({ name, server, load });
    if (round >= 0) taken.push({ ...once, raw, engineCpuUs: engineCpuUs(enginePid) - before });
  }
  return taken;
}

/** 0 for an engine inside the service; NaN for one that runs elsewhere. */
function engineCpuUs(pid: number | undefined): number {
  return pid === undefined ? Number.NaN : pid === 0 ? 0 : readCost(pid).cpuUs;
}
