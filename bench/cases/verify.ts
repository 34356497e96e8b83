import { PROCESSES, Rounds } from '../measure';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startBareHttp, startPostern } from '../servers/servers';
import { askOnce, httpLoad, httpRequest } from './http-sides';

const CALLS: Readonly<Record<number, number>> = { 1: 4_000, 16: 15_000, 64: 20_000 };

/** What a gateway pays that asks `/verify`, against bare node:http that answers 204 with the same headers. */
export async function verify({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const [token = ''] = await mint(database, await seed(database, { users: 1 }), 1, 'HS256');
  const shapes = Object.entries(CALLS).map(([concurrency, calls]) => ({
    shape: { concurrency: Number(concurrency), calls: Math.round(calls * scale) },
    taken: new Rounds(),
  }));
  for (let n = 0; n < PROCESSES; n += 1) {
    const postern = await startPostern({ DATABASE_URL: url, HTTP_ADDRESS: '127.0.0.1:0' });
    postern.address = postern.httpAddress;
    const authorization = `Bearer ${token}`;
    const { status, headers } = await askOnce(postern.address, 'GET', '/verify', { authorization });
    const bare = await startBareHttp({ status, headers });
    const recorded = httpRequest('GET', '/verify', [`authorization: ${authorization}`]);
    for (const { shape, taken } of shapes) {
      const load = httpLoad(recorded, 0, shape);
      const sides = [
        { name: 'bare node:http, 204', server: bare, load },
        { name: 'GET /verify', server: postern, load },
      ];
      await taken.add(sides, Math.ceil(rounds / PROCESSES));
    }
    await Promise.all([bare.stop(), postern.stop()]);
  }
  remove();
  const rows = shapes.flatMap(({ shape, taken }) => rowsAgainstFirst(taken.measured(), shape.concurrency));
  const hot = rows.find(({ name, concurrency }) => name === 'GET /verify' && concurrency === 64);
  return {
    id: 'verify',
    title: 'GET /verify against bare node:http with the same headers',
    rows,
    facts: [
      {
        name: 'GET /verify, CPU per call',
        value: hot?.cpuRatio ?? Number.NaN,
        unit: 'x bare node:http',
        target: { atMost: 1.25 },
      },
      { name: 'GET /verify, p99', value: hot?.p99Ratio ?? Number.NaN, unit: 'x bare', target: { atMost: 1.3 } },
    ],
  };
}
