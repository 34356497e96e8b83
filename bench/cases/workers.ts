import { availableParallelism } from 'node:os';
import { connectionsFor } from '../load/load';
import { type Measured, measureOnce, PROCESSES, Rounds, type Side } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Fact, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startEcho, startPostern } from '../servers/servers';
import { median } from '../statistics';

const CALLS = 40_000;
/** At each process: one that has less to do at once does each call dearer, whatever the number of processes. */
const CONCURRENCY = 64;
const LEAST_OF_CORES = 0.925;

interface Rig {
  readonly sides: readonly Side[];
  readonly stop: () => Promise<void>;
}

/**
 * One process against one worker per core, each process with the same load, for Postern and for the bare server of
 * grpc-js. The generator needs a part of the same cores, so the CPU per call says more than the calls per second; and
 * what the bare server reaches is what the machine lets any server reach. Then all processes of each side share one
 * core, which leaves out what busy cores take from each other. Several processes of each, because equal ones can differ
 * for as long as they live.
 */
export async function workers({ rounds, scale }: BenchOptions): Promise<Section> {
  const cores = availableParallelism();
  const [onAllCores, onOneCore] = [new Rounds(), new Rounds()];
  for (let n = 0; n < PROCESSES; n += 1) {
    const rig = await startRig(cores, scale);
    // The calls of a round are shared by the workers, so each would be warm only after so many times as many.
    for (const side of rig.sides) await measureOnce({ ...side, load: { ...side.load, calls: CALLS * cores } });
    await onAllCores.add(rig.sides, Math.ceil(rounds / PROCESSES));
    for (const { server } of rig.sides) server.pinTo(0);
    await onOneCore.add(rig.sides, Math.ceil(rounds / PROCESSES));
    await rig.stop();
  }
  const [spread, pinned] = [onAllCores.measured(), onOneCore.measured()];
  const rows = [...spread, ...pinned.map((each) => ({ ...each, name: `${each.name}, on one core` }))];
  return {
    id: 'workers',
    title: `One process and ${cores} workers`,
    rows: rows.map((each) => ({ ...each, concurrency: CONCURRENCY })),
    facts: buildFacts(cores, spread, pinned),
  };
}

async function startRig(cores: number, scale: number): Promise<Rig> {
  const sides: Side[] = [];
  const removals: (() => void)[] = [];
  for (const count of [1, cores]) {
    const { database, url, remove } = temporaryDatabase();
    removals.push(remove);
    const [token = ''] = await mint(database, await seed(database, {}), 1, 'HS256');
    const reply = requests.validateReplyBytes('user-0');
    const shape = { concurrency: CONCURRENCY * count, calls: Math.round(CALLS * scale * count) };
    const side = (name: string, method: string, server: ServerProcess): Side => ({
      name: `${name}, ${count === 1 ? '1 process' : `${count} workers`}`,
      server,
      load: {
        ...requests.buildLoad(method, [requests.validateRequest(token)], reply, shape),
        connections: connectionsFor(CONCURRENCY) * count,
      },
    });
    sides.push(
      side('echo', '/bench.Echo/Call', await startEcho(reply, [], count)),
      side('Validate', 'Validate', await startPostern({ DATABASE_URL: url, WORKERS: String(count) })),
    );
  }
  const stop = async () => {
    await Promise.all(sides.map(({ server }) => server.stop()));
    for (const remove of removals) remove();
  };
  return { sides, stop };
}

/** The order of the sides: echo and Validate in one process, then both by workers. */
function buildFacts(cores: number, spread: readonly Measured[], pinned: readonly Measured[]): Fact[] {
  const [echoOfOne, one, echoOfAll, all] = spread;
  const [, oneOnCore, , allOnCore] = pinned;
  const capacity = (few?: Measured, many?: Measured) => cores * ratioOfCpu(few, many);
  const ofPostern = capacity(one, all);
  const ofEcho = capacity(echoOfOne, echoOfAll);
  return [
    {
      name: `calls per CPU-limited second, ${cores} cores to one`,
      value: ofPostern,
      unit: 'x',
      target: { atLeast: LEAST_OF_CORES * cores },
    },
    { name: 'the same of the empty call', value: ofEcho, unit: 'x' },
    {
      name: `the same of Validate where all processes share one core`,
      value: capacity(oneOnCore, allOnCore),
      unit: 'x',
    },
    {
      name: 'calls per second as seen by the generator',
      value: (all?.callsPerSecond ?? 0) / (one?.callsPerSecond ?? 1),
      unit: 'x',
    },
    {
      name: 'the same of the empty call',
      value: (echoOfAll?.callsPerSecond ?? 0) / (echoOfOne?.callsPerSecond ?? 1),
      unit: 'x',
    },
  ];
}

/** How much cheaper a call is with many processes than with one: the median over the rounds that were run together. */
function ratioOfCpu(few: Measured | undefined, many: Measured | undefined): number {
  const ofFew = few?.rounds?.cpuUsPerCall ?? [];
  const ofMany = many?.rounds?.cpuUsPerCall ?? [];
  return median(ofFew.map((us, round) => us / (ofMany[round] ?? Number.NaN)));
}
