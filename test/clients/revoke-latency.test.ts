import { Driver } from '../../clients/conformance/suite/driver';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { type AppCalls, appCalls } from '../support/grpc/app-calls';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { type StartedApp, startApp } from '../support/processes/start-app';
import { awaitLocal } from './await-local';

const TRIALS = 200;

let replicas: StartedApp[];
let a: AppCalls;
let apiKey: string;
beforeAll(async () => {
  const env = { DATABASE_URL: testDatabaseUrl(), JWT_ALGORITHM: 'ES256', HTTP_ADDRESS: '127.0.0.1:0' };
  replicas = [await startApp(env), await startApp(env)];
  a = appCalls(replicas[0] as StartedApp);
  const adminToken = await a.adminToken();
  const { user } = await a.admin('createServiceAccount', { username: 'watcher', roles: ['service'] }, adminToken);
  const fields = { userId: user.id, name: 'ci', roles: [], allowedCidrs: [] };
  ({ apiKey } = (await a.admin('createApiKey', fields, adminToken)) as unknown as { apiKey: string });
}, 60_000);
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
});

test.each(
  LANGUAGES,
)('The %s client refuses what another replica has revoked: p99 under 100 ms, at most 1 s after the acknowledgement', async (language) => {
  const watched = replicas[1] as StartedApp;
  const http = watched.lines().find((line) => line.http !== undefined)?.http;
  const jwksUrl = `http://${String(http)}/.well-known/jwks.json`;
  const driver = await Driver.open(language, { address: watched.grpcAddress, jwks_url: jwksUrl, api_key: apiKey });
  try {
    await awaitLocal(driver);
    const { account } = await a.newUser();
    const took: number[] = [];
    while (took.length < TRIALS) {
      const { tokens } = await a.auth('login', {
        username: account.username,
        password: account.password,
        deviceName: '',
      });
      expect(await driver.refusalReason(tokens.accessToken)).toBe('OK');
      await a.auth('logout', { refreshToken: tokens.refreshToken });
      const acknowledgedAt = performance.now();
      while ((await driver.refusalReason(tokens.accessToken)) === 'OK');
      took.push(performance.now() - acknowledgedAt);
    }
    took.sort((x, y) => x - y);
    process.stdout.write(`${language}: p50 ${took[99]} ms, p99 ${took[197]} ms, max ${took[199]} ms\n`);
    expect(took[197]).toBeLessThan(100);
    expect(took[199]).toBeLessThan(1_000);
  } finally {
    await driver.close();
  }
}, 120_000);
