import { statSync } from 'node:fs';
import { join } from 'node:path';
import * as admin from '../../src/gen/postern/auth/v1/admin_service';
import { ListSessionsRequest } from '../../src/gen/postern/auth/v1/auth_service';
import { type Filled, type Filling, fillStore } from '../fill-store';
import { Rounds } from '../measure';
import { ownMemoryOf } from '../process-cost';
import * as requests from '../requests';
import { type BenchOptions, type Fact, type Row, rowsAgainstFirst, type Section } from '../section';
import { mint, PASSWORD } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';
import { bothStores, type StoreUnderTest } from './stores';

/** At scale 1. */
const FULL: Filling = {
  users: 1_000_000,
  sessions: 3_000_000,
  auditEvents: 9_000_000,
  apiKeys: 100_000,
  revocations: 100_000,
  heavy: { endedSessions: 200_000, liveSessions: 900, auditEvents: 1_000_000 },
};
const EMPTY: Filling = {
  users: 500,
  sessions: 0,
  auditEvents: 0,
  apiKeys: 0,
  revocations: 0,
  heavy: { endedSessions: 0, liveSessions: 0, auditEvents: 0 },
};
const STARTS = 5;
/** Of the calls that are not Validate. */
const CALLS = 200;
const VALIDATES = 20_000;
/** So that the sessions of the heavy user stay. */
const ENV = { MAX_SESSIONS_PER_USER: '1000' };

const NO_EVENTS = admin.ListAuditEventsRequest.decode(Buffer.alloc(0));
const NO_USERS = admin.ListUsersRequest.decode(Buffer.alloc(0));

/** Whether a call grows dearer, and the start longer, with what lies in the store. */
export async function growth(options: BenchOptions): Promise<Section> {
  const size = scaled(options.scale);
  const [emptyStores, fullStores] = [await bothStores(), await bothStores()];
  const rows: Row[] = [];
  const facts: Fact[] = [];
  for (const [n, empty] of emptyStores.entries()) {
    const full = fullStores[n] as StoreUnderTest;
    const sides = [
      { name: 'empty', store: empty, filled: await fillStore(empty.database, EMPTY) },
      { name: 'full', store: full, filled: await fillStore(full.database, size) },
    ];
    const { name } = full;
    facts.push(...diskFacts(full, size), ...(await startFacts(name, sides)));
    const servers: ServerProcess[] = [];
    for (const { store } of sides) servers.push(await startPostern({ DATABASE_URL: store.url, ...ENV }));
    for (const call of await callsOn(sides)) {
      const taken = new Rounds();
      const loads = sides.map((side, s) => ({
        name: `${call.name}, ${name}, ${side.name}`,
        server: servers[s] as ServerProcess,
        load: call.loads[s] as Load,
      }));
      await taken.add(loads, options.rounds);
      rows.push(...rowsAgainstFirst(taken.measured(), call.concurrency));
    }
    const [small = 0, large = 0] = servers.map(({ pid }) => ownMemoryOf(pid));
    facts.push({ name: `own memory, ${name}`, value: large / small, unit: 'x the empty one', target: { atMost: 1.3 } });
    for (const server of servers) await server.stop();
    for (const { store } of sides) await store.remove();
  }
  return {
    id: 'growth',
    title: `A store with ${size.users.toLocaleString('en')} users against an empty one`,
    rows,
    facts,
  };
}

type Load = ReturnType<typeof requests.loadOf> & { readonly bearer?: string };

interface SideOfStore {
  readonly name: string;
  readonly store: StoreUnderTest;
  readonly filled: Filled;
}

interface Call {
  readonly name: string;
  readonly concurrency: number;
  /** In the order of the sides. */
  readonly loads: readonly Load[];
}

async function callsOn(sides: readonly SideOfStore[]): Promise<Call[]> {
  const callers = await Promise.all(sides.map(prepareCallers));
  const once = { concurrency: 1, calls: CALLS };
  const all = (name: string, concurrency: number, load: (caller: Caller) => Load) => ({
    name,
    concurrency,
    loads: callers.map(load),
  });
  const adminCall = (name: string, method: string, body: (filled: Filled) => Uint8Array) =>
    all(name, 1, ({ filled, adminToken }) => {
      const path = `/postern.auth.v1.AdminService/${method}`;
      return { ...requests.loadOf(path, [Buffer.from(body(filled))], -1, once), bearer: adminToken };
    });
  const events = (name: string, query: (filled: Filled) => Partial<admin.ListAuditEventsRequest>) =>
    adminCall(`ListAuditEvents ${name}`, 'ListAuditEvents', (filled) =>
      admin.ListAuditEventsRequest.encode({ ...NO_EVENTS, ...query(filled) }).finish(),
    );
  const users = (name: string, query: (filled: Filled) => Partial<admin.ListUsersRequest>) =>
    adminCall(`ListUsers ${name}`, 'ListUsers', (filled) =>
      admin.ListUsersRequest.encode({ ...NO_USERS, ...query(filled) }).finish(),
    );
  const middle = ({ users: made }: Filled) => made[Math.floor(made.length / 2)]?.id ?? '';
  const login = (name: string) => Buffer.from(requests.loginRequest(name, PASSWORD));
  const shape = { concurrency: 64, calls: VALIDATES };
  return [
    all('Validate', 64, ({ tokens }) =>
      requests.loadOf('Validate', tokens.map(requests.validateRequest), requests.validateReplyBytes('user-100'), shape),
    ),
    all('Login', 1, () => requests.loadOf('Login', [login('user-105')], -1, once)),
    all('Login of the heaviest user', 1, () => requests.loadOf('Login', [login('user-1')], -1, { ...once, calls: 60 })),
    all('ListSessions of the heaviest user', 1, ({ heavyToken }) => ({
      ...requests.loadOf('ListSessions', [Buffer.from(ListSessionsRequest.encode({}).finish())], -1, once),
      bearer: heavyToken,
    })),
    events('of all', () => ({})),
    events('of a type', () => ({ type: 'login.succeeded' })),
    events('of the heaviest user', ({ heavy }) => ({ userId: heavy.id })),
    events('of the heaviest user and a rare type', ({ heavy }) => ({ userId: heavy.id, type: 'password.changed' })),
    events('from the middle', ({ middleEvent }) => ({ pageToken: middleEvent })),
    users('first page', () => ({})),
    users('from the middle', (filled) => ({ pageToken: middle(filled) })),
    users('by prefix', () => ({ query: 'user-49' })),
  ];
}

interface Caller {
  readonly filled: Filled;
  readonly tokens: readonly string[];
  readonly adminToken: string;
  readonly heavyToken: string;
}

async function prepareCallers({ store, filled }: SideOfStore): Promise<Caller> {
  const tokens = await mint(store.database, filled.users.slice(100, 500), 400, 'HS256');
  const [adminToken = '', heavyToken = ''] = await mint(store.database, [filled.admin, filled.heavy], 2, 'HS256');
  return { filled, tokens, adminToken, heavyToken };
}

/** Starts in turn, so that whatever else the machine does meets both. */
async function startFacts(name: string, sides: readonly SideOfStore[]): Promise<Fact[]> {
  const times = sides.map((): number[] => []);
  for (let n = 0; n < STARTS; n += 1) {
    for (const [s, { store }] of sides.entries()) {
      const server = await startPostern({ DATABASE_URL: store.url, ...ENV });
      times[s]?.push(server.startMs);
      await server.stop();
    }
  }
  const [empty = Number.NaN, full = Number.NaN] = times.map(median);
  return [
    { name: `start, ${name}, empty`, value: empty, unit: 'ms' },
    { name: `start, ${name}, full`, value: full, unit: 'ms', target: { atMost: 1_500 } },
    { name: `start, ${name}, full against empty`, value: full / empty, unit: 'x', target: { atMost: 1.2 } },
  ];
}

/** Of the embedded store; MongoDB compresses in its own way. */
function diskFacts({ database, name }: StoreUnderTest, size: Filling): Fact[] {
  if (database.kind !== 'embedded') return [];
  const { size: bytes } = statSync(join(database.directory, 'data.mdb'));
  const rows = size.users + size.sessions + size.auditEvents + size.heavy.auditEvents + size.heavy.endedSessions;
  return [{ name: `disk, ${name}, a row (user, session or event)`, value: bytes / rows, unit: 'bytes' }];
}

function scaled(scale: number): Filling {
  const part = (count: number) => Math.max(1, Math.round(count * Math.min(scale, 1)));
  const { heavy, ...rest } = FULL;
  return {
    users: Math.max(EMPTY.users, part(rest.users)),
    sessions: part(rest.sessions),
    auditEvents: part(rest.auditEvents),
    apiKeys: part(rest.apiKeys),
    revocations: part(rest.revocations),
    heavy: { ...heavy, endedSessions: part(heavy.endedSessions), auditEvents: part(heavy.auditEvents) },
  };
}
