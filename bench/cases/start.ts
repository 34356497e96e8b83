import { setTimeout as after } from 'node:timers/promises';
import { measureOnce } from '../measure';
import { costOf } from '../process-cost';
import * as requests from '../requests';
import type { BenchOptions, Fact, Section } from '../section';
import { seed, temporaryDatabase } from '../seed';
import { SECRET_KEY, startPostern } from '../servers/servers';
import { median } from '../statistics';

const STARTS = 5;
const SETTLE_MS = 3_000;
const DISTINCT = 1_000_000;
const SHAPE = { concurrency: 64, calls: 50_000 };

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
  const load = requests.loadOf('Validate', [], requests.validateReplyBytes('user-100'), SHAPE);
  const mint = { secret: SECRET_KEY, users: users.map(({ id, username, roles }) => ({ id, username, roles })) };
  for (let done = 0; done < DISTINCT * Math.min(scale, 1); done += SHAPE.calls) {
    const round = await measureOnce({ name: 'distinct', server, load: { ...load, mint } });
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
      ...memoryFacts(grown),
      { name: 'wrong answers among them', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}

/**
 * How much is resident after a third of the tokens and after all; for each the median of its last readings, which the
 * collector moves.
 */
function memoryFacts(grown: readonly number[]): Fact[] {
  const third = Math.ceil(grown.length / 3);
  const early = grown.slice(Math.floor(third / 2), third);
  const late = grown.slice(-early.length);
  const tokens = (readings: number) => (readings * SHAPE.calls).toLocaleString('en');
  return [
    { name: `resident after ${tokens(third)} distinct tokens`, value: median(early), unit: 'MB' },
    {
      name: `resident after ${tokens(grown.length)} distinct tokens`,
      value: median(late),
      unit: 'MB',
      target: { atMost: 250 },
    },
    { name: 'the most that was resident meanwhile', value: Math.max(...grown), unit: 'MB', target: { atMost: 250 } },
    {
      name: 'growth from the one to the other',
      value: median(late) - median(early),
      unit: 'MB',
      target: { atMost: 10 },
    },
  ];
}
