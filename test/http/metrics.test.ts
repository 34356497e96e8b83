import { readFileSync } from 'node:fs';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { type Running, send, startWithHttp } from './http-client';

let service: Running;

beforeAll(async () => {
  service = await startWithHttp();
});
afterAll(() => service.stop());

const scrape = async ({ base } = service) => (await send(base, 'GET', '/metrics')).body;

/** The value of a series, 0 when it is not there. */
function seriesIn(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

test('/metrics counts calls, sessions, events, cached tokens and store operations, and shows the lag of the feed and of the event loop', async () => {
  const before = await scrape();
  const startedAt = performance.now();
  const { tokens } = await service.signedIn('metrics-ada');
  await service.rpc('AuthService/Validate', { accessToken: tokens.accessToken });
  await service.rpc('AuthService/Validate', { accessToken: tokens.accessToken });
  await service.rpc('AuthService/Refresh', { refreshToken: tokens.refreshToken });
  await service.rpc('AuthService/Login', { username: 'metrics-ada', password: 'wrong password' });
  await send(service.base, 'GET', '/verify');
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await scrape();
  const grown = (series: string) => seriesIn(after, series) - seriesIn(before, series);
  const calls = (method: string, status: string) =>
    grown(`postern_call_duration_seconds_count{method="/postern.auth.v1.AuthService/${method}",status="${status}"}`);
  expect([calls('Register', 'OK'), calls('Validate', 'OK'), calls('Login', 'UNAUTHENTICATED')]).toEqual([1, 2, 1]);
  expect(grown('postern_session_changes_total{change="created"}')).toBe(1);
  expect(grown('postern_session_changes_total{change="rotated"}')).toBe(1);
  expect(grown('postern_events_total{type="login.failed"}')).toBe(1);
  expect(grown('postern_token_cache_hits_total')).toBeGreaterThan(0);
  expect(grown('postern_gateway_decisions_total{gateway="forward_auth",outcome="unauthenticated"}')).toBe(1);
  expect(grown('postern_store_operation_duration_seconds_count{operation="users.insert",outcome="ok"}')).toBe(1);
  // One call after the other: they took no longer than all of it, in seconds.
  const login = 'method="/postern.auth.v1.AuthService/Login",status="UNAUTHENTICATED"';
  const took = [
    grown(`postern_call_duration_seconds_sum{${login}}`),
    grown('postern_store_operation_duration_seconds_sum{operation="users.insert",outcome="ok"}'),
  ];
  for (const each of took) expect([each > 0, each < seconds]).toEqual([true, true]);
  expect(seriesIn(after, 'postern_store_up')).toBe(1);
  expect(after).toMatch(/^postern_revocation_feed_lag_seconds [0-9.e-]+$/m);
  expect(after).toMatch(/^nodejs_eventloop_lag_p99_seconds [0-9.e-]+$/m);
});

test('/metrics counts sessions that a replayed refresh token ended, and hashes that were refused', async () => {
  const busy = await startWithHttp({ REFRESH_GRACE_SECONDS: '0', HASH_CONCURRENCY: '1', HASH_QUEUE: '1' });
  const { tokens } = await busy.signedIn('metrics-busy');
  const statuses = [];
  for (let n = 0; n < 2; n += 1) statuses.push((await busy.rpc('AuthService/Refresh', tokens)).status);
  expect(statuses).toEqual([200, 401]);
  const login = { username: 'metrics-busy', password: 'wrong password' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => busy.rpc('AuthService/Login', login)));
  const refused = answers.filter(({ status }) => status === 429).length;
  const text = await scrape(busy);
  await busy.stop();
  expect(refused).toBeGreaterThan(0);
  expect(seriesIn(text, 'postern_hashes_refused_total')).toBe(refused);
  expect(seriesIn(text, 'postern_session_changes_total{change="replayed"}')).toBe(1);
});

test('a taken name is a refusal of the store, not a failure', async () => {
  const account = { email: 'twice@example.com', username: 'metrics-twice', password: 'plum-cabinet-orbit-91' };
  await service.rpc('AuthService/Register', account);
  await service.rpc('AuthService/Register', account);
  const series = 'postern_store_operation_duration_seconds_count{operation="users.insert",outcome="refused"}';
  expect(seriesIn(await scrape(), series)).toBe(1);
});

test('the dashboard, the alert rules and the documentation name only metrics that exist', async () => {
  const types = [...(await scrape()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const exist = new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    ),
  );
  for (const file of ['k8s/monitoring/grafana-dashboard.json', 'k8s/monitoring/alerts.yaml', 'docs/metrics.md']) {
    const named = readFileSync(file, 'utf8').match(/\b(postern|nodejs|process)_[a-z0-9_]*[a-z0-9]/g) ?? [];
    expect({ file, count: named.length > 10 }).toEqual({ file, count: true });
    expect({ file, unknown: named.filter((name) => !exist.has(name)) }).toEqual({ file, unknown: [] });
  }
  const documented = readFileSync('docs/metrics.md', 'utf8');
  const own = types.map(([, name = '']) => name).filter((name) => name.startsWith('postern_'));
  expect(own.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
});

test('/metrics counts the connections to MongoDB, of which the change stream holds one', async () => {
  const onMongo = await startWithHttp({ DATABASE_URL: testDatabaseUrl() });
  await Promise.all(['a', 'b', 'c', 'd'].map((end) => onMongo.signedIn(`metrics-mongo-${end}`)));
  const text = await scrape(onMongo);
  await onMongo.stop();
  const [open = 0, inUse = 0, waiting] = ['', '_in_use', '_waited_for'].map((end) =>
    seriesIn(text, `postern_store_connections${end}`),
  );
  expect(inUse).toBeGreaterThanOrEqual(1);
  expect(open).toBeGreaterThan(inUse);
  expect(waiting).toBe(0);
});
