import { PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, memoryFact, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startEcho, startPostern } from '../servers/servers';

const CONCURRENCY = 64;
const CALLS = 15_000;
const ROUNDS = 3;
/** Far above what is measured (0.7 to 0.9), so that only a drift reaches it and never the noise of a machine. */
const TOLERANCE = 1.15;
/** 151 are measured on Node 24 after these few calls; without the flags of V8 that bound the heap, 197. */
const MOST_MIB = 180;

/** What CI holds: the CPU of a Validate against the empty call in one interleaved run on the same Node, and memory. */
export async function guard({ scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 110 })).slice(100);
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const reply = requests.validateReplyBytes('user-100');
  const shape = { concurrency: CONCURRENCY, calls: Math.round(CALLS * scale) };
  const load = (method: string) => requests.buildLoad(method, [requests.validateRequest(token)], reply, shape);
  const taken = new Rounds();
  for (let n = 0; n < PROCESSES; n += 1) {
    const echo = await startEcho(reply);
    const postern = await startPostern({ DATABASE_URL: url });
    const sides = [
      { name: 'echo', server: echo, load: load('/bench.Echo/Call') },
      { name: 'Validate', server: postern, load: load('Validate') },
    ];
    await taken.add(sides, ROUNDS);
    await Promise.all([echo.stop(), postern.stop()]);
  }
  remove();
  const rows = rowsAgainstFirst(taken.measured(), CONCURRENCY);
  const wrong = rows.reduce((sum, row) => sum + row.wrong, 0);
  return {
    id: 'guard',
    title: 'Validate against an empty call, as CI holds it',
    rows,
    facts: [
      {
        name: 'Validate at 64, CPU per call',
        value: rows[1]?.cpuRatio ?? Number.NaN,
        unit: 'x echo',
        target: { atMost: TOLERANCE },
      },
      memoryFact(rows, MOST_MIB),
      { name: 'wrong answers among them', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}
