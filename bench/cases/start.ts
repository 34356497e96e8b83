import { setTimeout as after } from 'node:timers/promises';
import { measureOnce } from '../measure';
import { costOf } from '../process-cost';
import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

const STARTS = 5;
const SETTLE_MS = 3_000;
const DISTINCT = 1_000_000;
const PART = 50_000;

/** Start-up, idle memory, and memory after a million tokens that were never seen before. */
export async function start({ scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const times: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    const server = await startPostern({ DATABASE_URL: url });
    times.push(server.startMs);
    await server.stop();
  }
  const server = await startPostern({ DATABASE_URL: url });
  await after(SETTLE_MS);
  const idleMb = costOf(server.pid).rssBytes / 2 ** 20;
  const grown: number[] = [];
  let wrong = 0;
  for (let done = 0; done < DISTINCT * Math.min(scale, 1); done += PART) {
    const tokens = await mint(database, users, PART, 'HS256');
    const shape = { concurrency: 64, calls: PART };
    const load = requests.loadOf(
      'Validate',
      tokens.map(requests.validateRequest),
      requests.validateReplyBytes('user-100'),
      shape,
    );
    const round = await measureOnce({ name: 'distinct', server, load });
    wrong += round.wrong;
    grown.push(round.rssBytes / 2 ** 20);
  }
  await server.stop();
  remove();
  return {
    id: 'start',
    title: 'Start and memory',
    rows: [],
    facts: [
      { name: 'from the start of the process to ready', value: median(times), unit: 'ms', target: { atMost: 1_500 } },
      { name: 'resident when idle', value: idleMb, unit: 'MB', target: { atMost: 130 } },
      {
        name: `resident half-way through ${grown.length * PART} distinct tokens`,
        value: grown[Math.floor(grown.length / 2)] ?? Number.NaN,
        unit: 'MB',
      },
      {
        name: `resident after ${grown.length * PART} distinct tokens`,
        value: grown.at(-1) ?? Number.NaN,
        unit: 'MB',
        target: { atMost: 250 },
      },
      { name: 'wrong answers among them', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}
