import { measureOnce, type Round, summary } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Row, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const CALLS: Readonly<Record<number, number>> = { 1: 1_000, 16: 2_000, 64: 3_000 };
const CONCURRENCIES = [1, 16, 64] as const;
const KINDS = ['cold', 'warm'] as const;
const ALGORITHMS = ['HS256', 'ES256'] as const;

/** Tokens that were never seen before, and the same again, under a shared secret and under a key pair. */
export async function algorithms({ rounds, scale }: BenchOptions): Promise<Section> {
  const callsAt = (concurrency: number) => Math.round((CALLS[concurrency] ?? 0) * scale);
  const all = CONCURRENCIES.reduce((sum, concurrency) => sum + callsAt(concurrency), 0);
  const rigs = await Promise.all(ALGORITHMS.map((algorithm) => prepare(algorithm, all * (rounds + 1))));
  const rows: Row[] = [];
  for (const concurrency of CONCURRENCIES) {
    rows.push(...(await coldAndWarm(rigs, { concurrency, calls: callsAt(concurrency) }, rounds)));
  }
  for (const { server, remove } of rigs) {
    await server.stop();
    remove();
  }
  return { id: 'algorithms', title: 'Tokens seen for the first time, and again', rows, facts: [] };
}

type Rig = Awaited<ReturnType<typeof prepare>>;

/** Each round takes tokens away that no round has used. */
async function coldAndWarm(
  rigs: readonly Rig[],
  shape: { readonly concurrency: number; readonly calls: number },
  rounds: number,
): Promise<Row[]> {
  const taken = rigs.map(({ algorithm }) => ({ algorithm, cold: [] as Round[], warm: [] as Round[] }));
  for (let round = -1; round < rounds; round += 1) {
    for (const [at, { server, tokens }] of rigs.entries()) {
      const fresh = tokens.splice(0, shape.calls).map(requests.validateRequest);
      const load = requests.buildLoad('Validate', fresh, requests.validateReplyBytes('user-10'), shape);
      for (const kind of KINDS) {
        const once = await measureOnce({ name: kind, server, load });
        if (round >= 0) taken[at]?.[kind].push(once);
      }
    }
  }
  return taken.flatMap(({ algorithm, ...kinds }) =>
    KINDS.map((kind) => ({
      ...summary(`Validate ${algorithm}, ${kind}`, kinds[kind]),
      concurrency: shape.concurrency,
    })),
  );
}

async function prepare(algorithm: (typeof ALGORITHMS)[number], count: number) {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 100 })).slice(10);
  const tokens = await mint(database, users, count, algorithm);
  const server = await startPostern({ DATABASE_URL: url, JWT_ALGORITHM: algorithm });
  return { algorithm, server, tokens, remove };
}
