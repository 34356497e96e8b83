import { PROCESSES, Rounds } from '../measure';
import type { LinePlot } from '../plots/plot';
import { findRange } from '../plots/section-plots';
import * as requests from '../requests';
import { type BenchOptions, type Fact, memoryFact, type Row, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startEcho, startPostern } from '../servers/servers';

const CALLS: Readonly<Record<number, number>> = { 1: 4_000, 16: 15_000, 64: 25_000 };
const LOADS = [1, 16, 64] as const;
const LINES = ['Validate, 1 token', 'Validate, 10,000 tokens'] as const;
const TOKENS = 10_000;
/** Multiples of the empty call: what was promised for the Node of the image. */
const MOST_CPU = 0.85;
const MOST_P99 = 0.6;
const LEAST_RATE = 1.1;
const ECHO = '/bench.Echo/Call';

/** Every caller's question, against the empty call of the same size. */
export async function validate({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  // Names of one length, so that all answers have one.
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const tokens = await mint(database, users, TOKENS, 'HS256');
  const shapes = LOADS.map((concurrency) => ({
    concurrency,
    calls: Math.round((CALLS[concurrency] ?? 0) * scale),
    ofOne: new Rounds(),
    ofMany: new Rounds(),
  }));
  for (let n = 0; n < PROCESSES; n += 1) {
    const echo = await startEcho(requests.validateReplyBytes('user-100'));
    const postern = await startPostern({ DATABASE_URL: url });
    for (const { ofOne, ofMany, ...shape } of shapes) {
      await ofOne.add(ofOneToken(echo, postern, tokens, shape), Math.ceil(rounds / PROCESSES));
      await ofMany.add(ofManyTokens(echo, postern, tokens, shape), Math.ceil(rounds / PROCESSES));
    }
    await Promise.all([echo.stop(), postern.stop()]);
  }
  remove();
  const rows = shapes.flatMap(({ concurrency, ofOne, ofMany }) =>
    [ofOne, ofMany].flatMap((taken) => rowsAgainstFirst(taken.measured(), concurrency)),
  );
  return {
    id: 'validate',
    title: 'Validate and CheckRole against an empty call',
    rows,
    facts: [...LINES.flatMap((name) => buildFacts(name, rows)), memoryFact(rows)],
    plots: [
      ratioPlot(rows, {
        name: 'cpu-by-load',
        title: 'CPU of a Validate, beside an empty call',
        of: 'CPU per call',
        target: MOST_CPU,
        ratio: (row) => row.cpuRatio,
        ratios: (row) => row.ratiosOfRounds?.cpu,
      }),
      ratioPlot(rows, {
        name: 'p99-by-load',
        title: 'p99 of a Validate, beside an empty call',
        of: 'p99',
        target: MOST_P99,
        ratio: (row) => row.p99Ratio,
        ratios: (row) => row.ratiosOfRounds?.p99,
      }),
    ],
  };
}

function buildFacts(name: string, rows: readonly Row[]): Fact[] {
  const at = (load: number) => rows.find((row) => row.name === name && row.concurrency === load);
  const [busy, some] = [at(64), at(16)];
  const unit = 'x echo';
  const wrong = rows.filter((row) => row.name === name).reduce((sum, row) => sum + row.wrong, 0);
  return [
    {
      name: `${name}, 64 at once, CPU per call`,
      value: busy?.cpuRatio ?? Number.NaN,
      unit,
      target: { atMost: MOST_CPU },
    },
    {
      name: `${name}, 16 at once, CPU per call`,
      value: some?.cpuRatio ?? Number.NaN,
      unit,
      target: { atMost: MOST_CPU },
    },
    { name: `${name}, 64 at once, p99`, value: busy?.p99Ratio ?? Number.NaN, unit, target: { atMost: MOST_P99 } },
    {
      name: `${name}, 64 at once, calls/s`,
      value: busy?.rateRatio ?? Number.NaN,
      unit,
      target: { atLeast: LEAST_RATE },
    },
    { name: `${name}, wrong answers`, value: wrong, unit: '', target: { atMost: 0 } },
  ];
}

interface RatioPlot {
  readonly name: string;
  readonly title: string;
  readonly of: string;
  readonly target: number;
  /** The figure of the table: the median of the one by the median of the other. */
  readonly ratio: (row: Row) => number | undefined;
  readonly ratios: (row: Row) => readonly number[] | undefined;
}

function ratioPlot(rows: readonly Row[], { name, title, of, target, ratio, ratios }: RatioPlot): LinePlot {
  const buildLine = (called: string) => ({
    name: called,
    points: rows
      .filter((row) => row.name === called)
      .map((row) => ({ x: row.concurrency, y: ratio(row) ?? Number.NaN, ...findRange(ratios(row)) })),
  });
  return {
    kind: 'lines',
    name,
    title,
    caption:
      `${of} as a multiple of that of a bare grpc-js server that answers a message of the same size without doing ` +
      'anything: below 1, Validate is cheaper. Lines are the medians of the table; bands reach from the least to the ' +
      'most of the rounds.',
    x: { title: 'calls at once', scale: 'ordinal' },
    y: { title: `${of}, multiple of the empty call` },
    lines: [{ name: 'empty call', isBaseline: true, points: LOADS.map((x) => ({ x, y: 1 })) }, ...LINES.map(buildLine)],
    targets: [{ value: target, label: `target at 64: at most ${target}` }],
  };
}

type Shape = { readonly concurrency: number; readonly calls: number };

function ofOneToken(echo: ServerProcess, postern: ServerProcess, tokens: readonly string[], shape: Shape) {
  const [token = ''] = tokens;
  const reply = requests.validateReplyBytes('user-100');
  const request = [requests.validateRequest(token)];
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  return [
    { name: 'echo', server: echo, load: requests.buildLoad(ECHO, request, reply, shape) },
    { name: 'Validate, 1 token', server: postern, load: requests.buildLoad('Validate', request, reply, shape) },
    {
      name: 'CheckRole',
      server: postern,
      load: requests.buildLoad(
        'CheckRole',
        [requests.checkRoleRequest(token)],
        requests.checkRoleReplyBytes('user-100'),
        shape,
      ),
    },
    {
      name: 'Validate, refused',
      server: postern,
      load: requests.buildLoad('Validate', [requests.validateRequest(forged)], undefined, shape),
    },
  ];
}

function ofManyTokens(echo: ServerProcess, postern: ServerProcess, tokens: readonly string[], shape: Shape) {
  const reply = requests.validateReplyBytes('user-100');
  const many = tokens.map(requests.validateRequest);
  return [
    { name: 'echo, 10,000 requests', server: echo, load: requests.buildLoad(ECHO, many, reply, shape) },
    { name: 'Validate, 10,000 tokens', server: postern, load: requests.buildLoad('Validate', many, reply, shape) },
  ];
}
