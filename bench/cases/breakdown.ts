import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Frame, monotonicUs, timeByPart } from '../cpu-profile';
import { measureOnce } from '../measure';
import { mainThreadUs } from '../process-cost';
import * as requests from '../requests';
import type { BenchOptions, Breakdown, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { dist, startEcho, startPostern } from '../servers/servers';
import { median } from '../statistics';

const CALLS = 50_000;
const CONCURRENCY = 64;
/** In microseconds: often enough for a part of a tenth of one, seldom enough to cost little. */
const INTERVAL = 250;

/** What is less is left out. */
const SMALLEST_US = 0.01;

const IDLE = 'idle';
const OTHER_THREADS = 'other threads: collector, compiler, profiler';
const WAITING = 'the main thread in the kernel, on its way to wait and back';

/** Where the microseconds of a warm Validate go, beside those of an empty call, by samples of both under the same load in turn. */
export async function breakdown({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const reply = requests.validateReplyBytes('user-100');
  const shape = { concurrency: CONCURRENCY, calls: Math.round(CALLS * scale) };
  const request = [requests.validateRequest(token)];
  const echo = await profiled((flags) => startEcho(reply, flags));
  const postern = await profiled((flags) => startPostern({ DATABASE_URL: url }, flags));
  const sides = [
    { name: 'echo', ...echo, load: requests.loadOf('/bench.Echo/Call', request, reply, shape) },
    { name: 'Validate', ...postern, load: requests.loadOf('Validate', request, reply, shape) },
  ].map((side) => ({ ...side, taken: [] as Taken[] }));
  for (let round = -1; round < rounds; round += 1) {
    for (const { taken, ...side } of sides) {
      const before = mainThreadUs(side.server.pid);
      const from = monotonicUs();
      const { cpuUs, calls } = await measureOnce(side);
      const to = monotonicUs();
      if (round >= 0) taken.push({ from, to, cpuUs, mainUs: mainThreadUs(side.server.pid) - before, calls });
    }
  }
  await Promise.all(sides.map(({ server }) => server.stop()));
  const found = sides.map(({ directory, taken }) => perCall(directory, taken));
  for (const { directory } of sides) rmSync(directory, { recursive: true, force: true });
  remove();
  return {
    id: 'breakdown',
    title: 'Where the microseconds of a warm Validate go, beside those of an empty call',
    rows: [],
    facts: [],
    breakdown: sideBySide(
      sides.map(({ name }) => name),
      found,
    ),
  };
}

interface Taken {
  readonly from: number;
  readonly to: number;
  readonly cpuUs: number;
  /** Of that the main thread. */
  readonly mainUs: number;
  readonly calls: number;
}

async function profiled(start: (flags: readonly string[]) => Promise<ServerProcess>) {
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-profile-'));
  const server = await start(['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${INTERVAL}`]);
  return { directory, server };
}

/** CPU per call of each part, the median of the rounds. Samples show what the main thread is in, but not the kernel while it waits. */
function perCall(directory: string, taken: readonly Taken[]): Map<string, number> {
  const rounds = taken.map(({ from, to, cpuUs, mainUs, calls }) => {
    const times = timeByPart(directory, { from, to }, partOf);
    times.delete(IDLE);
    const sampled = [...times.values()].reduce((sum, time) => sum + time, 0);
    times.set(OTHER_THREADS, cpuUs - mainUs);
    times.set(WAITING, Math.max(0, mainUs - sampled));
    return new Map([...times].map(([part, time]) => [part, time / calls]));
  });
  const parts = new Set(rounds.flatMap((round) => [...round.keys()]));
  return new Map([...parts].map((part) => [part, median(rounds.map((round) => round.get(part) ?? 0))]));
}

function sideBySide(sides: readonly string[], found: readonly ReadonlyMap<string, number>[]): Breakdown {
  const names = [...new Set(found.flatMap((each) => [...each.keys()]))];
  const parts = names
    .map((name) => ({ name, us: found.map((each) => each.get(name) ?? 0) }))
    .filter(({ us }) => Math.max(...us) >= SMALLEST_US)
    .sort((a, b) => Math.max(...b.us) - Math.max(...a.us));
  const total = found.map((each) => [...each.values()].reduce((sum, us) => sum + us, 0));
  return { sides, parts: [...parts, { name: 'all', us: total }] };
}

/** Where code without a file belongs, by the name that V8 gives to it. */
const WITHOUT_FILE: Readonly<Record<string, string>> = {
  '(idle)': IDLE,
  '(garbage collector)': 'garbage collection',
  '(program)': 'C++ of node:http2, libuv and V8 by itself',
};

const PLACES: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/@grpc\/grpc-js\//, 'grpc-js'],
  [
    /node_modules\/(protobufjs|@protobufjs|@bufbuild|@grpc\/proto-loader)\/|\/gen\/|\/remembered-bytes|\/validate-request/,
    'codecs',
  ],
  [/^node:internal\/(http2|streams|stream_base)|^node:(net|events|_http)/, 'node:http2, streams and events'],
  [/^node:/, 'the rest of Node'],
  [/\/bench\//, 'the handler of the empty call'],
];

function partOf({ functionName, url }: Frame): string {
  if (url === '') return WITHOUT_FILE[functionName] ?? 'C++ that JavaScript calls';
  const own = url.indexOf(`${dist()}/`);
  for (const [place, part] of PLACES) if (place.test(url)) return part;
  if (own >= 0) return `Postern: ${url.slice(own + dist().length + 1).split('/')[0]}`;
  return 'other packages';
}
