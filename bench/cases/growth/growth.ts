import { fillStore, fillWindow } from '../../fill-store';
import { type Measured, Rounds } from '../../measure';
import type { LinePlot } from '../../plots/plot';
import { readOwnMemory } from '../../process-cost';
import * as requests from '../../requests';
import { type BenchOptions, type Fact, type Row, rowsAgainstFirst, type Section } from '../../section';
import { mint } from '../../seed';
import type { ServerProcess } from '../../servers/server-process';
import { startPostern } from '../../servers/servers';
import { median } from '../../statistics';
import { bothStores, type StoreUnderTest } from '../stores';
import { commandFacts } from './commands';
import { DiskUse } from './disk-use';
import { EVERY_OTHER_RPC } from './every-rpc';
import { growthPlots, type Measurement } from './growth-plots';
import { KeptStores } from './kept-stores';
import { measureOperation } from './measure-operation';
import { type Aim, OPERATIONS } from './operations';
import type { Side } from './side';
import { type Size, sizesAt } from './sizes';

const STARTS = 5;
const VALIDATES = 20_000;
/** So that as many sessions of the heaviest user stay as a setting allows. */
const ENV = {
  MAX_SESSIONS_PER_USER: '1000',
  HTTP_ADDRESS: '127.0.0.1:0',
  // For the calls that ask for a mail; no server listens there, so the mails wait.
  MAIL: 'webhook',
  MAIL_WEBHOOK_URL: 'http://127.0.0.1:9/',
  MAIL_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  RESET_URL: 'https://app.example.com/reset#{token}',
  VERIFY_URL: 'https://app.example.com/verify#{token}',
};

/** Whether a call grows dearer, and the start longer, with what lies in the store. */
export async function growth({ rounds, scale, stores: keptIn }: BenchOptions): Promise<Section> {
  const sizes = sizesAt(scale);
  const kept = keptIn === undefined ? undefined : new KeptStores(keptIn);
  const { stores, facts } = await fillAll(sizes, kept);
  process.stderr.write('growth: the stores are filled\n');
  const rows: Row[] = [];
  const plots: LinePlot[] = [];
  for (const sides of stores) {
    // Not before: filling takes longer than the window of revocations.
    for (const { store, revocations } of sides) await fillWindow(store.database, revocations);
    facts.push(...(await startFacts(sides)));
    const measured = await measureCalls(sides, rounds);
    rows.push(...measured.rows);
    facts.push(...measured.facts);
    const users = sizes.map(({ users: held }) => held);
    plots.push(...growthPlots(sides[0]?.store.name ?? '', users, measured.measurements));
    if (kept === undefined) for (const { store } of sides) await store.remove();
  }
  const title = `Stores of up to ${sizes.at(-1)?.name} against an empty one`;
  return { id: 'growth', title, rows, facts, plots, rowsAreDrawn: false };
}

/** The stores of each engine, from the empty one to the fullest, and what the fullest take on the disk. */
async function fillAll(sizes: readonly Size[], kept: KeptStores | undefined) {
  const facts: Fact[] = [];
  const stores: Side[][] = [[], []];
  for (const size of sizes) {
    for (const [n, store] of (await (kept?.stores(size) ?? bothStores())).entries()) {
      const { side, disk } = await fill(store, size, kept);
      stores[n]?.push(side);
      if (size === sizes.at(-1)) facts.push(...disk);
    }
  }
  return { stores, facts };
}

async function fill(
  store: StoreUnderTest,
  size: Size,
  kept: KeptStores | undefined,
): Promise<{ side: Side; disk: readonly Fact[] }> {
  const { name, filling, revocations } = size;
  const found = await kept?.find(store, size);
  if (found !== undefined) return { side: { name, store, filled: found.filled, revocations }, disk: found.disk };
  const use = await DiskUse.of(store);
  const filled = await fillStore(store.database, filling, (kind, rows) => use.add(kind, rows));
  const disk = use.facts();
  kept?.keep(store, { filled, disk });
  return { side: { name, store, filled, revocations }, disk };
}

interface MeasuredCalls {
  readonly rows: Row[];
  readonly facts: Fact[];
  readonly measurements: Measurement[];
}

async function measureCalls(sides: readonly Side[], rounds: number): Promise<MeasuredCalls> {
  const engine = sides[0]?.store.name ?? '';
  const servers: ServerProcess[] = [];
  for (const { store } of sides) servers.push(await startPostern({ DATABASE_URL: store.url, ...ENV }));
  const rows: Row[] = [];
  const facts: Fact[] = [];
  const validates = await measureValidate(sides, servers, rounds);
  rows.push(...rowsAgainstFirst(validates, 64));
  facts.push(aimed(`Validate, ${engine}`, { ratio: 1.05 }, 'CPU', validates));
  const measurements: Measurement[] = [{ name: 'Validate', by: 'CPU', measured: validates }];
  const delays = servers.map(() => ({ ms: 0, call: '' }));
  const memory = servers.map((): number[] => []);
  for (const operation of [...EVERY_OTHER_RPC, ...OPERATIONS]) {
    const sidesMeasured = await measureOperation(operation, sides, servers, rounds);
    const measured = sidesMeasured.map((side) => side.measured);
    rows.push(...rowsAgainstFirst(measured, 1));
    facts.push(aimed(`${operation.name}, ${engine}`, operation.aim, 'p50', measured));
    const by = 'p99Ms' in operation.aim ? 'p99' : 'p50';
    if (operation.isDrawn !== false) measurements.push({ name: operation.name, by, measured });
    for (const [s, { loopDelayMs }] of sidesMeasured.entries()) {
      if (loopDelayMs > (delays[s]?.ms ?? 0)) delays[s] = { ms: loopDelayMs, call: operation.name };
      memory[s]?.push(readOwnMemory(servers[s]?.pid ?? 0));
    }
  }
  const delayFact = (size: string, worst: (typeof delays)[number] | undefined): Fact => ({
    name: `event loop delay p99, ${engine}, ${size}`,
    value: worst?.ms ?? Number.NaN,
    unit: `ms, the worst of any call (${worst?.call})`,
  });
  facts.push(delayFact('empty', delays[0]), { ...delayFact('full', delays.at(-1)), target: { atMost: 10 } });
  const urls = sides.map(({ store }) => store.url);
  facts.push(...(await commandFacts(engine, urls)));
  facts.push(memoryFact(engine, memory));
  for (const server of servers) await server.stop();
  return { rows, facts, measurements };
}

/** Read after each call of the list: what a single reading shows depends on when garbage was last collected. */
function memoryFact(engine: string, readings: readonly (readonly number[])[]): Fact {
  const [small = Number.NaN, large = Number.NaN] = [readings[0], readings.at(-1)].map((each) => median(each ?? []));
  const unit = `x the empty one (medians of ${readings[0]?.length} readings: ${mebibytes(large)} and ${mebibytes(small)} MiB)`;
  return { name: `own memory, ${engine}`, value: large / small, unit, target: { atMost: 1.3 } };
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/** Of users with names of one length, so that all answers have one. */
async function measureValidate(
  sides: readonly Side[],
  servers: readonly ServerProcess[],
  rounds: number,
): Promise<Measured[]> {
  const reply = requests.validateReplyBytes('user-100');
  const shape = { concurrency: 64, calls: VALIDATES };
  const taken = new Rounds();
  const loads = [];
  for (const [s, { name, store, filled }] of sides.entries()) {
    const tokens = await mint(store.database, filled.users.slice(100, 500), 400, 'HS256');
    const load = requests.buildLoad('Validate', tokens.map(requests.validateRequest), reply, shape);
    loads.push({ name: `Validate, ${store.name}, ${name}`, server: servers[s] as ServerProcess, load });
  }
  await taken.add(loads, rounds);
  return taken.measured();
}

/** The fullest store against the empty one. */
function aimed(name: string, aim: Aim, by: 'CPU' | 'p50', measured: readonly Measured[]): Fact {
  const [empty, full] = [measured[0], measured.at(-1)];
  if ('p99Ms' in aim) {
    return { name: `${name}, p99, full`, value: (full?.p99Us ?? 0) / 1000, unit: 'ms', target: { atMost: aim.p99Ms } };
  }
  const read = (each: Measured | undefined) => (by === 'CPU' ? each?.cpuUsPerCall : each?.p50Us) ?? Number.NaN;
  const value = read(full) / read(empty);
  return { name: `${name}, ${by}`, value, unit: 'x an empty store', target: { atMost: aim.ratio } };
}

/** Starts in turn, so that whatever else the machine does meets all. */
async function startFacts(sides: readonly Side[]): Promise<Fact[]> {
  const engine = sides[0]?.store.name ?? '';
  const times = sides.map((): number[] => []);
  for (let n = 0; n < STARTS; n += 1) {
    for (const [s, { store }] of sides.entries()) {
      const server = await startPostern({ DATABASE_URL: store.url, ...ENV });
      times[s]?.push(server.startMs);
      await server.stop();
    }
  }
  const medians = times.map(median);
  const [empty = Number.NaN, full = Number.NaN] = [medians[0], medians.at(-1)];
  return [
    ...sides.map(({ name }, s) => ({
      name: `start, ${engine}, ${name}`,
      value: medians[s] ?? Number.NaN,
      unit: 'ms',
      ...(s === sides.length - 1 ? { target: { atMost: 1_500 } } : {}),
    })),
    { name: `start, ${engine}, full`, value: full / empty, unit: 'x an empty store', target: { atMost: 1.2 } },
  ];
}
