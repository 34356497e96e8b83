import { measureOnce, type Side, summary } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const CALLS = 3_000;
const CONCURRENCY = 64;
const ALGORITHMS = ['HS256', 'ES256'] as const;

/** Tokens that were never seen before, and the same again, under a shared secret and under a key pair. */
export async function algorithms({ rounds, scale }: BenchOptions): Promise<Section> {
  const calls = Math.round(CALLS * scale);
  const shape = { concurrency: CONCURRENCY, calls };
  const rigs = await Promise.all(ALGORITHMS.map((algorithm) => prepare(algorithm, calls * (rounds + 1))));
  const taken = rigs.map(
    () => ({ cold: [], warm: [] }) as Record<'cold' | 'warm', Awaited<ReturnType<typeof measureOnce>>[]>,
  );
  for (let round = 0; round <= rounds; round += 1) {
    for (const [at, { server, tokens }] of rigs.entries()) {
      const fresh = tokens.slice(round * calls, (round + 1) * calls).map(requests.validateRequest);
      const load = requests.loadOf('Validate', fresh, requests.validateReplyBytes('user-10'), shape);
      const side: Side = { name: '', server, load };
      const cold = await measureOnce(side);
      const warm = await measureOnce(side);
      if (round === 0) continue;
      taken[at]?.cold.push(cold);
      taken[at]?.warm.push(warm);
    }
  }
  for (const { server, remove } of rigs) {
    await server.stop();
    remove();
  }
  return {
    id: 'algorithms',
    title: 'Tokens seen for the first time, and again',
    rows: ALGORITHMS.flatMap((algorithm, at) =>
      (['cold', 'warm'] as const).map((kind) => ({
        ...summary(`Validate ${algorithm}, ${kind}`, taken[at]?.[kind] ?? []),
        concurrency: CONCURRENCY,
      })),
    ),
    facts: [],
  };
}

async function prepare(algorithm: (typeof ALGORITHMS)[number], count: number) {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 100 })).slice(10);
  const tokens = await mint(database, users, count, algorithm);
  const server = await startPostern({ DATABASE_URL: url, JWT_ALGORITHM: algorithm });
  return { server, tokens, remove };
}
