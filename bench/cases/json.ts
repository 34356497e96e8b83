import { PROCESSES, Rounds } from '../measure';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startBareHttp, startPostern } from '../servers/servers';
import { askOnce, httpLoad, httpRequest } from './http-sides';

const CALLS: Readonly<Record<number, number>> = { 1: 3_000, 16: 10_000, 64: 15_000 };
const PATH = '/postern.auth.v1.AuthService/Validate';

/** Validate as JSON over HTTP/1.1, against bare node:http that parses and writes JSON of the same sizes. */
export async function json({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const [accessToken = ''] = await mint(database, await seed(database, { users: 1 }), 1, 'HS256');
  const body = JSON.stringify({ accessToken });
  const type = { 'content-type': 'application/json' };
  const recorded = httpRequest('POST', PATH, ['content-type: application/json'], body);
  const shapes = Object.entries(CALLS).map(([concurrency, calls]) => ({
    shape: { concurrency: Number(concurrency), calls: Math.round(calls * scale) },
    taken: new Rounds(),
  }));
  for (let n = 0; n < PROCESSES; n += 1) {
    const postern = await startPostern({ DATABASE_URL: url, HTTP_ADDRESS: '127.0.0.1:0' });
    postern.address = postern.httpAddress;
    const answer = await askOnce(postern.address, 'POST', PATH, type, body);
    const bare = await startBareHttp({ ...answer, json: JSON.parse(answer.body) });
    for (const { shape, taken } of shapes) {
      const load = httpLoad(recorded, Buffer.byteLength(answer.body), shape);
      const sides = [
        { name: 'bare node:http, JSON', server: bare, load },
        { name: 'Validate as JSON', server: postern, load },
      ];
      await taken.add(sides, Math.ceil(rounds / PROCESSES));
    }
    await Promise.all([bare.stop(), postern.stop()]);
  }
  remove();
  const rows = shapes.flatMap(({ shape, taken }) => rowsAgainstFirst(taken.measured(), shape.concurrency));
  const hot = rows.find(({ name, concurrency }) => name === 'Validate as JSON' && concurrency === 64);
  return {
    id: 'json',
    title: 'Validate as JSON against bare node:http with JSON of the same sizes',
    rows,
    facts: [
      {
        name: 'Validate as JSON, 64 at once, CPU per call',
        value: hot?.cpuUsPerCall ?? Number.NaN,
        unit: 'us',
        target: { atMost: 80 },
      },
      { name: 'Validate as JSON, CPU per call', value: hot?.cpuRatio ?? Number.NaN, unit: 'x bare node:http' },
      { name: 'Validate as JSON, p99', value: hot?.p99Ratio ?? Number.NaN, unit: 'x bare', target: { atMost: 1.3 } },
    ],
  };
}
