import { measureOnce } from '../measure';
import type { Line, LinePlot } from '../plots/plot';
import { findRange } from '../plots/section-plots';
import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startEcho, startPostern } from '../servers/servers';
import { median } from '../statistics';

const RATES = [2, 6, 10, 14, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36].map((thousands) => thousands * 1_000);
const SECONDS = 1;
/** The knee is where p99 goes past this: calls wait for each other, not for the moments in which a core is taken. */
const QUICK_MS = 100;
/** Behind this nothing new is to be seen. */
const SLOW_MS = 300;

/** p99 at rates that rise until the server falls behind: calls start by the clock, whether it keeps up or not. */
export async function saturation({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 110 })).slice(100);
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const reply = requests.validateReplyBytes('user-100');
  const [echo, postern] = [await startEcho(reply), await startPostern({ DATABASE_URL: url })];
  const load = (method: string, perSecond: number) => ({
    ...requests.buildLoad(method, [requests.validateRequest(token)], reply, {
      concurrency: 64,
      calls: Math.round(perSecond * SECONDS * scale),
    }),
    perSecond,
  });
  const sides = [
    { name: 'empty call', server: echo, load: (rate: number) => load('/bench.Echo/Call', rate) },
    { name: 'Validate', server: postern, load: (rate: number) => load('Validate', rate) },
  ];
  // Both are warm before the first rate.
  for (const { name, server, load: at } of sides) await measureOnce({ name, server, load: at(10_000) });
  const curves = sides.map(({ name }) => ({ name, points: [] as { rate: number; p99Ms: number[] }[] }));
  for (const rate of RATES) {
    const taken = await risen(sides, rate, rounds);
    for (const [at, p99Ms] of taken.entries()) curves[at]?.points.push({ rate, p99Ms });
    if (taken.every((p99Ms) => median(p99Ms) > SLOW_MS)) break;
  }
  await Promise.all([echo.stop(), postern.stop()]);
  remove();
  const [ofEcho = 0, ofPostern = 0] = curves.map(({ points }) => mostQuick(points));
  return {
    id: 'saturation',
    title: 'p99 as the rate rises until the server falls behind',
    rows: [],
    facts: [
      { name: `Validate, the most calls/s with a p99 under ${QUICK_MS} ms`, value: ofPostern, unit: 'calls/s' },
      { name: 'the empty call, the same', value: ofEcho, unit: 'calls/s' },
      // Where the empty call was slow at every rate there is nothing to divide by.
      ...(ofEcho === 0
        ? []
        : [{ name: 'the one to the other', value: ofPostern / ofEcho, unit: 'x', target: { atLeast: 1 } }]),
    ],
    plots: [buildPlot(curves.map(buildLine))],
  };
}

interface Side {
  readonly name: string;
  readonly server: ServerProcess;
  readonly load: (rate: number) => Parameters<typeof measureOnce>[0]['load'];
}

/** The p99 of each side in every round, in ms. */
async function risen(sides: readonly Side[], rate: number, rounds: number): Promise<number[][]> {
  const taken = sides.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { name, server, load }] of sides.entries()) {
      const { p99, wrong } = await measureOnce({ name, server, load: load(rate) });
      if (wrong > 0) throw new Error(`${name}: ${wrong} wrong answers`);
      taken[at]?.push(p99 / 1000);
    }
  }
  return taken;
}

/** The highest rate at which the median was quick: a moment that something else took does not hide what comes after. */
function mostQuick(points: readonly { readonly rate: number; readonly p99Ms: readonly number[] }[]): number {
  return points.findLast(({ p99Ms }) => median(p99Ms) <= QUICK_MS)?.rate ?? 0;
}

function buildLine({ name, points }: { name: string; points: { rate: number; p99Ms: number[] }[] }, at: number): Line {
  return {
    name,
    isBaseline: at === 0,
    points: points.map(({ rate, p99Ms }) => ({ x: rate, y: median(p99Ms), ...findRange(p99Ms) })),
  };
}

function buildPlot(lines: readonly Line[]): LinePlot {
  return {
    kind: 'lines',
    name: 'p99',
    title: 'How much one process can take',
    caption:
      'p99 from when a call was due, at rates that do not wait for answers. Where a line turns upwards, the server has ' +
      'fallen behind. One process of each; the load generator has a part of the same two cores. Bands: all rounds.',
    x: { title: 'calls per second that are asked for' },
    y: { title: 'p99, ms (logarithmic)', scale: 'log' },
    lines,
    targets: [{ value: QUICK_MS, label: `the knee: ${QUICK_MS} ms` }],
  };
}
