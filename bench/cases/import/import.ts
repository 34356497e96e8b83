import type { BenchOptions, Fact, Section } from '../../section';
import { call, mint, newUser, openSeedStore, seed } from '../../seed';
import type { ServerProcess } from '../../servers/server-process';
import { startPostern } from '../../servers/servers';
import { median } from '../../statistics';
import { PER_SECOND, SECONDS, steady } from '../beside-flood';
import { bothStores, type StoreUnderTest } from '../stores';
import { Rows } from './rows';
import { byCall, byCommand, type Imported, type Way } from './ways';

const USERS = 100_000;
const MOST_MEMORY_MB = 200;
/** How long 100,000 users may take, in s. */
const MOST_SECONDS: Readonly<Record<string, number>> = { embedded: 60, MongoDB: 120 };

/** How long users take to move in, by the command and by ImportUsers, and what Validate feels of it. */
export async function importUsers(options: BenchOptions): Promise<Section> {
  const facts: Fact[] = [];
  for (const store of await bothStores()) {
    facts.push(...(await importInto(store, options)));
    await store.remove();
  }
  return {
    id: 'import',
    title:
      `Importing ${Math.round(USERS * options.scale).toLocaleString('en')} users, and Validate at ${PER_SECOND} calls ` +
      `per second for ${SECONDS} s beside an import`,
    rows: [],
    facts,
  };
}

async function importInto(store: StoreUnderTest, { rounds, scale }: BenchOptions): Promise<Fact[]> {
  const users = await seed(store.database, { users: 200 });
  const [token = ''] = await mint(store.database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: store.url });
  const ways = {
    'postern users import': byCommand(store.url),
    ImportUsers: byCall(server, await mintAdmin(store)),
  };
  const facts: Fact[] = [];
  const calm: number[] = [];
  const busy = Object.keys(ways).map((): number[] => []);
  let wrong = 0;
  for (let round = -1; round < rounds; round += 1) {
    const alone = await steady(server, token, scale);
    const beside = [];
    for (const way of Object.values(ways)) beside.push(await steadyBeside(way, server, token, scale));
    if (round < 0) continue;
    calm.push(alone.p99);
    for (const [n, { p99 }] of beside.entries()) busy[n]?.push(p99);
    wrong += [alone, ...beside].reduce((sum, each) => sum + each.wrong, 0);
  }
  facts.push({ name: `${store.name}, p99 of Validate without an import`, value: median(calm) / 1_000, unit: 'ms' });
  for (const [n, [name, way]] of Object.entries(ways).entries()) {
    const during = median(busy[n] ?? []);
    facts.push(...buildFacts(`${store.name}, ${name}`, store.name, await way(new Rows(Math.round(USERS * scale)))), {
      name: `${store.name}, ${name}, p99 of Validate meanwhile (${(during / 1_000).toFixed(2)} ms)`,
      value: during / median(calm),
      unit: 'x that without',
      target: { atMost: 2 },
    });
  }
  await server.stop();
  facts.push({ name: `${store.name}, wrong answers to Validate`, value: wrong, unit: '', target: { atMost: 0 } });
  return facts;
}

function buildFacts(name: string, store: string, { imported, seconds, memoryMb }: Imported): Fact[] {
  const perUsers = (seconds * USERS) / imported;
  return [
    {
      name: `${name}, ${imported.toLocaleString('en')} users, for ${USERS.toLocaleString('en')}`,
      value: perUsers,
      unit: 's',
      target: { atMost: MOST_SECONDS[store] ?? 0 },
    },
    { name: `${name}, memory of its process at most`, value: memoryMb, unit: 'MB', target: { atMost: MOST_MEMORY_MB } },
  ];
}

/** The import begins first and lasts longer. */
async function steadyBeside(way: Way, server: ServerProcess, token: string, scale: number) {
  const rows = new Rows();
  const importing = way(rows);
  await Promise.race([rows.begun, importing]);
  const found = await steady(server, token, scale);
  rows.end();
  await importing;
  return found;
}

async function mintAdmin({ database }: StoreUnderTest): Promise<string> {
  const admin = { ...newUser(1_000_000, ''), roles: ['user', 'admin'] };
  const store = await openSeedStore(database);
  await store.users.insert(admin, call());
  await store.close();
  const [token = ''] = await mint(database, [admin], 1, 'HS256');
  return token;
}
