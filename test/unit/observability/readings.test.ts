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
  connections: () => ({}),
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
])('%s shows what it is named for', async (name, value) => {
  const registry = new Registry();
  registerReadings(registry, READINGS);
  const text = await registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith(`${name} `))).toEqual([`${name} ${value}`]);
});
