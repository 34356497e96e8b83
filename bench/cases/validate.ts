import { PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startEcho, startPostern } from '../servers/servers';

const CALLS: Readonly<Record<number, number>> = { 1: 4_000, 16: 15_000, 64: 25_000 };
const TOKENS = 10_000;
const ECHO = '/bench.Echo/Call';

/** Every caller's question, against the empty call of the same size. */
export async function validate({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  // Names of one length, so that all answers have one.
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const tokens = await mint(database, users, TOKENS, 'HS256');
  const shapes = [1, 16, 64].map((concurrency) => ({
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
  const hot = rows.find(({ name, concurrency }) => name === 'Validate, 1 token' && concurrency === 64);
  return {
    id: 'validate',
    title: 'Validate and CheckRole against an empty call',
    rows,
    facts: [
      {
        name: 'Validate warm, CPU per call',
        value: hot?.cpuRatio ?? Number.NaN,
        unit: 'x echo',
        target: { atMost: 1.15 },
      },
      { name: 'Validate warm, p99', value: hot?.p99Ratio ?? Number.NaN, unit: 'x echo', target: { atMost: 1.3 } },
    ],
  };
}

type Shape = { readonly concurrency: number; readonly calls: number };

function ofOneToken(echo: ServerProcess, postern: ServerProcess, tokens: readonly string[], shape: Shape) {
  const [token = ''] = tokens;
  const reply = requests.validateReplyBytes('user-100');
  const request = [requests.validateRequest(token)];
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  return [
    { name: 'echo', server: echo, load: requests.loadOf(ECHO, request, reply, shape) },
    { name: 'Validate, 1 token', server: postern, load: requests.loadOf('Validate', request, reply, shape) },
    {
      name: 'CheckRole',
      server: postern,
      load: requests.loadOf(
        'CheckRole',
        [requests.checkRoleRequest(token)],
        requests.checkRoleReplyBytes('user-100'),
        shape,
      ),
    },
    {
      name: 'Validate, refused',
      server: postern,
      load: requests.loadOf('Validate', [requests.validateRequest(forged)], undefined, shape),
    },
  ];
}

function ofManyTokens(echo: ServerProcess, postern: ServerProcess, tokens: readonly string[], shape: Shape) {
  const reply = requests.validateReplyBytes('user-100');
  const many = tokens.map(requests.validateRequest);
  return [
    { name: 'echo, 10,000 requests', server: echo, load: requests.loadOf(ECHO, many, reply, shape) },
    { name: 'Validate, 10,000 tokens', server: postern, load: requests.loadOf('Validate', many, reply, shape) },
  ];
}
