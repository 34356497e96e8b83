import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { measure } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const SIZES = [1, 10, 100] as const;
const CALLS: Readonly<Record<number, number>> = { 1: 10_000, 10: 5_000, 100: 1_500 };
const CONCURRENCY = 16;

/** Many tokens in one call. */
export async function batch({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const tokens = await mint(database, users, 1_000, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const sides = SIZES.map((size) => {
    const bodies = Array.from({ length: 10 }, (_, n) => requestOf(tokens.slice(n * size, (n + 1) * size)));
    const shape = { concurrency: CONCURRENCY, calls: Math.round((CALLS[size] ?? 0) * scale) };
    return { name: `BatchValidate, ${size}`, server, load: requests.loadOf('BatchValidate', bodies, -1, shape) };
  });
  const measured = await measure(sides, rounds);
  await server.stop();
  remove();
  return {
    id: 'batch',
    title: 'BatchValidate',
    rows: measured.map((each) => ({ ...each, concurrency: CONCURRENCY })),
    facts: SIZES.map((size, at) => ({
      name: `BatchValidate of ${size}, CPU per token`,
      value: (measured[at]?.cpuUsPerCall ?? Number.NaN) / size,
      unit: 'us',
      ...(size === 100 ? { target: { atMost: 6 } } : {}),
    })),
  };
}

function requestOf(accessTokens: readonly string[]): Buffer {
  const writer = new BinaryWriter();
  for (const token of accessTokens) writer.uint32(10).string(token);
  return Buffer.from(writer.finish());
}
