import { availableParallelism } from 'node:os';
import { measure, measureOnce } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const CALLS = 40_000;
/** At each process: one that has less to do at once does each call dearer, whatever the number of processes. */
const CONCURRENCY = 64;

/**
 * One process against one per core, each with the same load. The generator needs a part of the cores, so the CPU per
 * call tells more than the calls per second.
 */
export async function workers({ rounds, scale }: BenchOptions): Promise<Section> {
  const cores = availableParallelism();
  const rigs = await Promise.all([1, cores].map(prepare));
  const sides = rigs.map(({ count, server, token }) => {
    const shape = { concurrency: CONCURRENCY * count, calls: Math.round(CALLS * scale * count) };
    const request = [requests.validateRequest(token)];
    return {
      name: `Validate, ${count} ${count === 1 ? 'process' : 'workers'}`,
      server,
      load: {
        ...requests.loadOf('Validate', request, requests.validateReplyBytes('user-0'), shape),
        connections: 8 * count,
      },
    };
  });
  // The calls of a round are shared by the workers, so each would be warm only after so many times as many.
  for (const side of sides) await measureOnce({ ...side, load: { ...side.load, calls: CALLS * cores } });
  const rows = rowsAgainstFirst(await measure(sides, rounds), CONCURRENCY);
  for (const { server, remove } of rigs) {
    await server.stop();
    remove();
  }
  const [one, all] = rows;
  const perCall = (one?.cpuUsPerCall ?? Number.NaN) / (all?.cpuUsPerCall ?? Number.NaN);
  return {
    id: 'workers',
    title: `One process and ${cores} workers`,
    rows,
    facts: [
      {
        name: `calls per CPU-limited second, ${cores} cores to one`,
        value: cores * perCall,
        unit: 'x',
        target: { atLeast: 0.925 * cores },
      },
      {
        name: 'calls per second as seen by the generator',
        value: (all?.callsPerSecond ?? 0) / (one?.callsPerSecond ?? 1),
        unit: 'x',
      },
    ],
  };
}

async function prepare(count: number) {
  const { database, url, remove } = temporaryDatabase();
  const users = await seed(database, {});
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: url, WORKERS: String(count) });
  return { count, server, token, remove };
}
