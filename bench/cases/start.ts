import { setTimeout as after } from 'node:timers/promises';
import { measureOnce } from '../measure';
import type { Plot } from '../plots/plot';
import { readCost } from '../process-cost';
import * as requests from '../requests';
import { SECRET_KEY } from '../secret-key';
import { type BenchOptions, type Fact, MOST_RESIDENT_MIB, type Section } from '../section';
import { seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

const STARTS = 5;
const SETTLE_MS = 3_000;
const DISTINCT = 1_000_000;
/** As asked of the Node of the image: until ready, and resident after the tokens. */
const MOST_START_MS = 600;
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
  const idleMib = readCost(server.pid).rssBytes / 2 ** 20;
  const grown: number[] = [];
  let wrong = 0;
  const load = requests.buildLoad('Validate', [], requests.validateReplyBytes('user-100'), SHAPE);
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
      {
        name: 'from the start of the process to ready',
        value: median(times),
        unit: 'ms',
        target: { atMost: MOST_START_MS },
      },
      { name: 'resident when idle', value: idleMib, unit: 'MiB', target: { atMost: 130 } },
      ...memoryFacts(grown),
      { name: 'wrong answers among them', value: wrong, unit: '', target: { atMost: 0 } },
    ],
    plots: [memoryPlot(idleMib, grown), startPlot(times)],
  };
}

function memoryPlot(idleMib: number, grown: readonly number[]): Plot {
  const readings = grown.map((y, n) => ({ x: ((n + 1) * SHAPE.calls) / 1_000, y }));
  return {
    kind: 'lines',
    name: 'memory',
    title: 'Memory over a million tokens that were never seen before',
    caption:
      `Resident memory of the whole service, read after every ${SHAPE.calls.toLocaleString('en')} Validates, each with ` +
      'a token of its own. The cache of verified tokens is full after the first few readings; after that it stays flat.',
    x: { title: 'distinct tokens, thousands', to: (grown.length * SHAPE.calls) / 1_000 },
    y: { title: 'resident, MiB' },
    lines: [{ name: 'Postern', points: [{ x: 0, y: idleMib }, ...readings] }],
    targets: [{ value: MOST_RESIDENT_MIB, label: `target: at most ${MOST_RESIDENT_MIB}` }],
  };
}

function startPlot(times: readonly number[]): Plot {
  return {
    kind: 'bars',
    name: 'ready',
    title: 'From the start of the process to ready',
    caption: 'Each bar is one start on an embedded store with 1,000 users.',
    rows: [
      [
        {
          title: 'time to ready, ms',
          bars: times.map((value, n) => ({ name: `start ${n + 1}`, value })),
          target: { value: MOST_START_MS, label: `target: at most ${MOST_START_MS}` },
        },
      ],
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
    { name: `resident after ${tokens(third)} distinct tokens`, value: median(early), unit: 'MiB' },
    {
      name: `resident after ${tokens(grown.length)} distinct tokens`,
      value: median(late),
      unit: 'MiB',
      target: { atMost: MOST_RESIDENT_MIB },
    },
    {
      name: 'the most that was resident meanwhile',
      value: Math.max(...grown),
      unit: 'MiB',
      target: { atMost: MOST_RESIDENT_MIB },
    },
    {
      name: 'growth from the one to the other',
      value: median(late) - median(early),
      unit: 'MiB',
      target: { atMost: 10 },
    },
  ];
}
