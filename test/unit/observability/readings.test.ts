import { Registry } from 'prom-client';
import { type Readings, registerReadings } from '../../../src/observability/readings';

const READINGS: Readings = {
  hashes: () => ({ running: 2, queued: 3, refused: 4 }),
  tokenCache: () => ({ hits: 5, misses: 6, size: 7 }),
  revocations: { stalenessMs: () => 8_000, size: 9 },
  store: () => ({ storeAnswers: true, canValidate: false }),
  storePool: () => ({ open: 10, inUse: 11, waiting: 12 }),
  mailBacklog: async () => ({ waiting: 13, oldestMs: 14_000 }),
  surplusUsers: () => 15,
  endingSessions: () => 16,
  connections: () => ({ grpc: { open: 20, served: 17, refused: { flood: 18 } } }),
};

test.each([
  ['postern_hashes_running', 2],
  ['postern_hashes_queued', 3],
  ['postern_hashes_refused_total', 4],
  ['postern_token_cache_hits_total', 5],
  ['postern_token_cache_misses_total', 6],
  ['postern_token_cache_entries', 7],
  ['postern_revocation_feed_lag_seconds', 8],
  ['postern_revocation_records', 9],
  ['postern_store_up', 1],
  ['postern_can_validate', 0],
  ['postern_store_connections', 10],
  ['postern_store_connections_in_use', 11],
  ['postern_store_connections_waited_for', 12],
  ['postern_mails_waiting', 13],
  ['postern_mail_oldest_seconds', 14],
  ['postern_surplus_session_users', 15],
  ['postern_ending_sessions', 16],
  ['postern_connections{port="grpc",state="served"}', 17],
  ['postern_connections{port="grpc",state="beginning"}', 3],
  ['postern_connections_refused_total{port="grpc",reason="flood"}', 18],
])('%s shows what it is named for', async (series, value) => {
  expect(await read(READINGS, series)).toEqual([String(value)]);
});

test('What cannot be known is shown as not a number, and a store without a pool has no connections', async () => {
  const unknown: Readings = {
    ...READINGS,
    revocations: { stalenessMs: () => Number.POSITIVE_INFINITY, size: 0 },
    storePool: undefined,
    mailBacklog: () => Promise.reject(new Error('The store does not answer')),
  };
  expect(await read(unknown, 'postern_revocation_feed_lag_seconds')).toEqual(['Nan']);
  expect(await read(unknown, 'postern_mails_waiting')).toEqual(['Nan']);
  expect(await read(unknown, 'postern_mail_oldest_seconds')).toEqual(['Nan']);
  expect(await read(unknown, 'postern_store_connections')).toEqual(['0']);
});

/** The values of a series as /metrics shows them. */
async function read(readings: Readings, series: string): Promise<string[]> {
  const registry = new Registry();
  registerReadings(registry, readings);
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${series} `));
  return lines.map((line) => line.slice(series.length + 1));
}
