import { openSessions } from '../load/open-sessions';
import { measureOnce, summary } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Row, Section } from '../section';
import { seed } from '../seed';
import { startPostern } from '../servers/servers';
import { bothStores } from './stores';

const CALLS: Readonly<Record<number, number>> = { 1: 1_000, 16: 4_000, 64: 8_000 };

/** Rotations of refresh tokens; each lane presents the token that it was given last. */
export async function refresh({ rounds, scale }: BenchOptions): Promise<Section> {
  const rows: Row[] = [];
  for (const { name, database, url, remove } of await bothStores()) {
    await seed(database, { users: 64 });
    const server = await startPostern({ DATABASE_URL: url });
    for (const concurrency of [1, 16, 64]) {
      const taken = [];
      for (let round = -1; round < rounds; round += 1) {
        const first = await openSessions(server.address, concurrency);
        const shape = { concurrency, calls: Math.round((CALLS[concurrency] ?? 0) * scale) };
        const load = {
          ...requests.buildLoad('Refresh', first.map(requests.refreshRequest), -1, shape),
          next: 'refresh' as const,
        };
        const once = await measureOnce({ name, server, load });
        if (round >= 0) taken.push(once);
      }
      rows.push({ ...summary(`Refresh, ${name}`, taken), concurrency });
    }
    await server.stop();
    await remove();
  }
  return { id: 'refresh', title: 'Refresh', rows, facts: [] };
}
