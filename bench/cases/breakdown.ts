import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicUs, timeByPart, type Window } from '../cpu-profile';
import { measureOnce, PROCESSES, type Side } from '../measure';
import { type ThreadTimes, threadTimes } from '../process-cost';
import * as requests from '../requests';
import type { BenchOptions, Breakdown, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { NODE_FLAGS, startEcho, startPostern } from '../servers/servers';
import { findPart, IDLE } from './parts-of-node';

const CALLS = 40_000;
const CONCURRENCY = 64;
/** In microseconds: often enough for a part of a tenth of one, seldom enough to cost little. */
const INTERVAL = 250;
/** Parts that take less stand in one line. */
const SMALLEST_US = 0.1;

const OUTSIDE = 'the event loop outside JavaScript: sockets, frames of HTTP/2, waiting and waking';
const OTHER_THREADS = 'other threads: collector, compiler, profiler';
const REST = `parts that take less than ${SMALLEST_US} each`;

/** Microseconds of each part, and how many calls took them. */
interface Spent {
  readonly times: Map<string, number>;
  calls: number;
}

/** One of two servers under the same kind of load. */
export interface BreakdownSide {
  readonly name: string;
  readonly load: Side['load'];
  readonly start: (flags: readonly string[]) => Promise<ServerProcess>;
}

/**
 * Where the microseconds of a warm Validate go, beside those of an empty call, by samples of both under the same load
 * in turn.
 */
export async function breakdown(options: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const reply = requests.validateReplyBytes('user-100');
  const shape = breakdownShape(options);
  const request = [requests.validateRequest(token)];
  const empty = requests.buildLoad('/bench.Echo/Call', request, reply, shape);
  const hot = requests.buildLoad('Validate', request, reply, shape);
  const parts = await breakDown(options, [
    { name: 'echo', load: empty, start: (flags) => startEcho(reply, flags) },
    { name: 'Validate', load: hot, start: (flags) => startPostern({ DATABASE_URL: url }, flags) },
  ]);
  remove();
  return {
    id: 'breakdown',
    title: 'Where the microseconds of a warm Validate go, beside those of an empty call',
    rows: [],
    facts: [],
    breakdown: parts,
  };
}

export function breakdownShape({ scale }: BenchOptions): { readonly concurrency: number; readonly calls: number } {
  return { concurrency: CONCURRENCY, calls: Math.round(CALLS * scale) };
}

/** Samples the servers under their loads in turn, in several pairs of processes, and adds up the time of each part. */
export async function breakDown({ rounds }: BenchOptions, sides: readonly BreakdownSide[]): Promise<Breakdown> {
  const spent: Spent[] = sides.map(newSpent);
  for (let n = 0; n < PROCESSES; n += 1) {
    const started: ProfiledSide[] = [];
    for (const { name, load, start } of sides) started.push(await profiled(name, load, start));
    await interleave(started, Math.ceil(rounds / PROCESSES));
    for (const [at, side] of started.entries()) await add(side, spent[at] ?? newSpent());
  }
  return sideBySide(
    sides.map(({ name }) => name),
    spent,
  );
}

interface ProfiledSide extends Side {
  readonly directory: string;
  readonly windows: Window[];
  readonly threads: ThreadTimes[];
}

function newSpent(): Spent {
  return { times: new Map(), calls: 0 };
}

async function profiled(
  name: string,
  load: Side['load'],
  start: (flags: readonly string[]) => Promise<ServerProcess>,
): Promise<ProfiledSide> {
  const directory = mkdtempSync(join(tmpdir(), 'postern-bench-profile-'));
  const profile = ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${INTERVAL}`];
  const server = await start([...NODE_FLAGS, ...profile]);
  return { name, load, server, directory, windows: [], threads: [] };
}

/** One round of warming comes first and is not counted. */
async function interleave(sides: readonly ProfiledSide[], rounds: number): Promise<void> {
  for (let round = -1; round < rounds; round += 1) {
    for (const side of sides) {
      const before = threadTimes(side.server.pid);
      const from = monotonicUs();
      const { wrong } = await measureOnce(side);
      const to = monotonicUs();
      const after = threadTimes(side.server.pid);
      if (wrong > 0) throw new Error(`${side.name}: ${wrong} wrong answers`);
      if (round < 0) continue;
      side.windows.push({ from, to });
      side.threads.push({ mainUs: after.mainUs - before.mainUs, othersUs: after.othersUs - before.othersUs });
    }
  }
}

/**
 * Samples show what the main thread is in, but nothing of a turn of the loop before its first JavaScript: that is the
 * difference.
 */
async function add({ server, load, directory, windows, threads }: ProfiledSide, spent: Spent): Promise<void> {
  await server.stop();
  const sampled = timeByPart(directory, windows, findPart);
  rmSync(directory, { recursive: true, force: true });
  sampled.delete(IDLE);
  const inParts = sum(sampled.values());
  sampled.set(OUTSIDE, sum(threads.map(({ mainUs }) => mainUs)) - inParts);
  sampled.set(OTHER_THREADS, sum(threads.map(({ othersUs }) => othersUs)));
  for (const [part, us] of sampled) spent.times.set(part, (spent.times.get(part) ?? 0) + us);
  spent.calls += load.calls * windows.length;
}

function sideBySide(sides: readonly string[], spent: readonly Spent[]): Breakdown {
  const perCall = (part: string) => spent.map(({ times, calls }) => (times.get(part) ?? 0) / calls);
  const names = [...new Set(spent.flatMap(({ times }) => [...times.keys()]))];
  const parts = names.map((name) => ({ name, us: perCall(name) })).sort((a, b) => largest(b) - largest(a));
  const shown = parts.filter((part) => largest(part) >= SMALLEST_US);
  const small = parts.filter((part) => largest(part) < SMALLEST_US);
  const total = (of: typeof parts, name: string) => ({
    name,
    us: sides.map((_, at) => sum(of.map(({ us }) => us[at] ?? 0))),
  });
  return { sides, parts: [...shown, ...(small.length > 0 ? [total(small, REST)] : []), total(parts, 'all')] };
}

function largest({ us }: { readonly us: readonly number[] }): number {
  return Math.max(...us);
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((all, value) => all + value, 0);
}
