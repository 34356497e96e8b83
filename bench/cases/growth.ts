import { PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const CALLS = 25_000;
const CONCURRENCY = 64;

/** Whether Validate grows dearer with the number of users and of revocations. */
export async function growth({ rounds, scale }: BenchOptions): Promise<Section> {
  const small = await prepare({ users: 1_000, revocations: 0 });
  const large = await prepare({ users: 100_000, revocations: 100_000 });
  const shape = { concurrency: CONCURRENCY, calls: Math.round(CALLS * scale) };
  const both = [small, large];
  const taken = new Rounds();
  for (let n = 0; n < PROCESSES; n += 1) {
    const sides = [];
    for (const { name, url, tokens } of both) {
      const server = await startPostern({ DATABASE_URL: url });
      const reply = requests.validateReplyBytes('user-100');
      const load = requests.loadOf('Validate', tokens.map(requests.validateRequest), reply, shape);
      sides.push({ name, server, load });
    }
    await taken.add(sides, Math.ceil(rounds / PROCESSES));
    for (const { server } of sides) await server.stop();
  }
  const rows = rowsAgainstFirst(taken.measured(), CONCURRENCY);
  for (const { remove } of both) remove();
  return {
    id: 'growth',
    title: 'Many users and many revocations',
    rows,
    facts: [
      {
        name: 'CPU per call with 100,000 users and revocations',
        value: rows[1]?.cpuRatio ?? Number.NaN,
        unit: 'x that with 1,000 and 0',
        target: { atMost: 1.05 },
      },
    ],
  };
}

async function prepare(size: { readonly users: number; readonly revocations: number }) {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, size)).slice(100, 1_000);
  const tokens = await mint(database, users, 1_000, 'HS256');
  const name = `${size.users.toLocaleString('en')} users, ${size.revocations.toLocaleString('en')} revocations`;
  return { name, url, tokens, remove };
}
