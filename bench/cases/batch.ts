import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { measure } from '../measure';
import type { Panel, Plot } from '../plots/plot';
import * as requests from '../requests';
import type { BenchOptions, Fact, Row, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const SIZES = [1, 10, 100] as const;
/** Tokens in all calls of a round. */
const TOKENS: Readonly<Record<number, number>> = { 1: 100_000, 16: 150_000, 64: 150_000 };
/** In a call of 100. */
const MOST_US_PER_TOKEN = 6;
const MOST_CALLS = 8_000;
const CONCURRENCIES = [1, 16, 64] as const;

/** Many tokens in one call. */
export async function batch({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  // Names of one length, so that the length of an answer shows whether every token was accepted.
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const tokens = await mint(database, users, 1_000, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const rows: Row[] = [];
  for (const concurrency of CONCURRENCIES) {
    const sides = SIZES.map((size) => {
      const bodies = Array.from({ length: 10 }, (_, n) => buildRequest(tokens.slice(n * size, (n + 1) * size)));
      const calls = Math.round(Math.min((TOKENS[concurrency] ?? 0) / size, MOST_CALLS) * scale);
      const reply = requests.batchReplyBytes('user-100', size);
      return {
        name: `BatchValidate, ${size}`,
        server,
        load: requests.buildLoad('BatchValidate', bodies, reply, { concurrency, calls }),
      };
    });
    rows.push(...(await measure(sides, rounds)).map((each) => ({ ...each, concurrency })));
  }
  await server.stop();
  remove();
  return {
    id: 'batch',
    title: 'BatchValidate',
    rows,
    facts: SIZES.map((size) => perToken(rows, size)),
    plots: [plotPerToken(rows)],
    rowsAreDrawn: false,
  };
}

function plotPerToken(rows: readonly Row[]): Plot {
  const panel = (concurrency: number, title: string, value: (row: Row, size: number) => number): Panel => ({
    title: `${concurrency} calls at once: ${title}`,
    bars: SIZES.flatMap((size) => {
      const row = rows.find((each) => each.name === `BatchValidate, ${size}` && each.concurrency === concurrency);
      return row === undefined
        ? []
        : [{ name: size === 1 ? '1 token a call' : `${size} tokens`, value: value(row, size) }];
    }),
  });
  return {
    kind: 'bars',
    name: 'per-token',
    title: 'BatchValidate: what one token costs',
    caption: 'Medians of the rounds. The more tokens one call brings, the less each of them costs.',
    rows: CONCURRENCIES.map((concurrency) => [
      {
        ...panel(concurrency, 'CPU per token, µs', (row, size) => row.cpuUsPerCall / size),
        target: { value: MOST_US_PER_TOKEN, label: `of 100: at most ${MOST_US_PER_TOKEN}` },
      },
      panel(concurrency, 'tokens/s', (row, size) => row.callsPerSecond * size),
      panel(concurrency, 'p99 of a call, ms', (row) => row.p99Us / 1000),
    ]),
  };
}

function perToken(rows: readonly Row[], size: (typeof SIZES)[number]): Fact {
  const busy = rows.find(({ name, concurrency }) => name === `BatchValidate, ${size}` && concurrency === 16);
  return {
    name: `BatchValidate of ${size}, 16 at once, CPU per token`,
    value: (busy?.cpuUsPerCall ?? Number.NaN) / size,
    unit: 'us',
    ...(size === 100 ? { target: { atMost: MOST_US_PER_TOKEN } } : {}),
  };
}

function buildRequest(accessTokens: readonly string[]): Buffer {
  const writer = new BinaryWriter();
  for (const token of accessTokens) writer.uint32(10).string(token);
  return Buffer.from(writer.finish());
}
