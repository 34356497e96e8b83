import { Driver } from '../../clients/conformance/suite/driver';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { type AppCalls, appCalls, PASSWORD } from '../support/grpc/app-calls';
import { type StartedApp, startApp } from '../support/processes/start-app';
import { awaitLocal } from './await-local';

/** RACES=10000 runs as many with each language, which takes some minutes. */
const RACES = Number(process.env.RACES ?? 400);
const AT_ONCE = 20;
const NEVER_LATER_THAN_MS = 1_000;

let started: StartedApp;
let calls: AppCalls;
let apiKey: string;
let jwksUrl: string;
const usernames: string[] = [];
beforeAll(async () => {
  // Passwords are not what is tested: each race wants a login.
  const cheap = { ARGON2_MEMORY_KIB: '8', ARGON2_TIME: '1', ARGON2_PARALLELISM: '1', REQUEST_TIMEOUT_SECONDS: '30' };
  started = await startApp({ JWT_ALGORITHM: 'ES256', HTTP_ADDRESS: '127.0.0.1:0', ...cheap });
  calls = appCalls(started);
  const adminToken = await calls.adminToken();
  const { user } = await calls.admin('createServiceAccount', { username: 'watcher', roles: ['service'] }, adminToken);
  const fields = { userId: user.id, name: 'ci', roles: [], allowedCidrs: [] };
  ({ apiKey } = (await calls.admin('createApiKey', fields, adminToken)) as unknown as { apiKey: string });
  jwksUrl = `http://${String(started.lines().find((line) => line.http !== undefined)?.http)}/.well-known/jwks.json`;
  while (usernames.length < AT_ONCE) usernames.push((await calls.newUser()).account.username);
}, 120_000);
afterAll(() => started.stop());

/** Validates without a pause while the session is ended; ms from the acknowledgement to the last question accepted. */
async function race(driver: Driver, username: string): Promise<number> {
  const { tokens } = await calls.auth('login', { username, password: PASSWORD, deviceName: '' });
  expect(await driver.refusalReason(tokens.accessToken)).toBe('OK');
  let acknowledgedAt = Number.POSITIVE_INFINITY;
  const revoked = calls.auth('logout', { refreshToken: tokens.refreshToken }).then(() => {
    acknowledgedAt = performance.now();
  });
  let lastAccepted = Number.NEGATIVE_INFINITY;
  for (;;) {
    const askedAt = performance.now();
    const reason = await driver.refusalReason(tokens.accessToken);
    if (reason === 'OK') lastAccepted = askedAt;
    // Refused is refused for ever: nothing may be accepted behind it.
    else if (reason === 'TOKEN_REVOKED') break;
    if (performance.now() - acknowledgedAt > 5 * NEVER_LATER_THAN_MS) break;
  }
  await revoked;
  expect(await driver.refusalReason(tokens.accessToken)).not.toBe('OK');
  return lastAccepted - acknowledgedAt;
}

test.each(
  LANGUAGES,
)('The %s client accepts nothing a second after its revocation was acknowledged, however they race', async (language) => {
  const driver = await Driver.open(language, { address: started.grpcAddress, jwks_url: jwksUrl, api_key: apiKey });
  try {
    await awaitLocal(driver);
    const lags: number[] = [];
    while (lags.length < RACES) {
      lags.push(...(await Promise.all(usernames.map((username) => race(driver, username)))));
    }
    lags.sort((x, y) => x - y);
    const [p99, max] = [lags[Math.floor(lags.length * 0.99)], lags.at(-1)];
    process.stdout.write(`${language}: ${lags.length} races, last accepted after p99 ${p99} ms, max ${max} ms\n`);
    expect(max).toBeLessThan(NEVER_LATER_THAN_MS);
  } finally {
    await driver.close();
  }
}, 600_000);
