import { measureOnce, summary } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Fact, Row, Section } from '../section';
import { PASSWORD, seed } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';
import { rawHashRate } from './raw-hash-rate';
import { bothStores } from './stores';

const CALLS = 400;
const USERS = 200;
const CONCURRENCIES = [1, 16, 64] as const;

/** Password logins, against argon2id alone on the same cores. */
export async function login(options: BenchOptions): Promise<Section> {
  const rows: Row[] = [];
  const facts: Fact[] = [];
  for (const { name, database, url, remove } of await bothStores()) {
    await seed(database, { users: USERS });
    const server = await startPostern({ DATABASE_URL: url });
    for (const concurrency of CONCURRENCIES) {
      const { row, share } = await loginsOf(server, name, concurrency, options);
      rows.push(row);
      if (concurrency === 64) facts.push(shareOfRaw(name, share));
    }
    await server.stop();
    await remove();
  }
  return { id: 'login', title: 'Login', rows, facts };
}

/** Each round first measures argon2id alone. */
async function loginsOf(server: ServerProcess, name: string, concurrency: number, { rounds, scale }: BenchOptions) {
  const bodies = Array.from({ length: USERS }, (_, n) => requests.loginRequest(`user-${n}`, PASSWORD));
  const load = requests.loadOf('Login', bodies, -1, { concurrency, calls: Math.round(CALLS * scale) });
  const taken = [];
  const shares: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const raw = await rawHashRate();
    const once = await measureOnce({ name, server, load });
    if (round < 0) continue;
    taken.push(once);
    shares.push(once.calls / once.seconds / raw);
  }
  return { row: { ...summary(`Login, ${name}`, taken), concurrency }, share: median(shares) };
}

function shareOfRaw(store: string, value: number): Fact {
  const name = `Login, ${store}: share of the raw argon2id rate`;
  return { name, value, unit: '', ...(store === 'embedded' ? { target: { atLeast: 0.9 } } : {}) };
}
