import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { reflectionClient } from '../support/clients/reflection-client';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const AUTH = 'postern.auth.v1.AuthService';
const PASSWORD = 'an unusually long sentence';
const TARGET = testDatabaseUrl();
const ENV = { JWT_ALGORITHM: 'ES256' };

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

let directory: Awaited<ReturnType<typeof workingDirectory>>;
beforeAll(async () => {
  directory = await workingDirectory();
});
afterAll(() => directory.remove());

async function calls(service: Service) {
  const client = reflectionClient(service.grpcAddress);
  const call = (method: string, request: object, token?: string) =>
    client.call(
      `${AUTH}/${method}`,
      request as Record<string, unknown>,
      token ? { authorization: `Bearer ${token}` } : {},
    );
  const login = async () =>
    ((await call('Login', { username: 'ada', password: PASSWORD })) as { tokens: Tokens }).tokens;
  return { call, login, close: () => client.close() };
}

test('migrate-store moves a service from the embedded store to MongoDB, and no caller notices', async () => {
  const embedded = await startService(directory.path, ENV);
  const before = await calls(embedded);
  await before.call('Register', { email: 'ada@example.com', username: 'ada', password: PASSWORD });
  const [live, ended] = [await before.login(), await before.login()];
  const { apiKey } = await before.call('CreateMyApiKey', { name: 'a script' }, live.accessToken);
  await before.call('Logout', { refreshToken: ended.refreshToken });
  const refused = await runPostern(['migrate-store', '--to', TARGET], directory.path, ENV);
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/another service/i) });
  before.close();
  await embedded.stop();

  for (const run of ['first', 'again']) {
    const moved = await runPostern(['migrate-store', '--to', TARGET, '--json'], directory.path, ENV);
    expect([run, moved.code, moved.stderr]).toEqual([run, 0, expect.stringMatching(/^Store: .*\nTo: mongodb:/)]);
    const { copied } = JSON.parse(moved.stdout);
    expect(copied).toMatchObject({ users: 1, sessions: 1, apiKeys: 1, signingKeys: 1, revocations: 1 });
    expect(copied.auditEvents).toBeGreaterThanOrEqual(5);
  }

  const secret = (await readFile(join(directory.path, 'data', 'secret-key'), 'utf8')).trim();
  const env = { ...ENV, DATABASE_URL: TARGET, SECRET_KEY: secret };
  const mongo = await startService(directory.path, env);
  const after = await calls(mongo);
  await after.call('Validate', {}, live.accessToken);
  await after.call('Validate', {}, apiKey as string);
  await expect(after.call('Validate', {}, ended.accessToken)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  await after.call('Refresh', { refreshToken: live.refreshToken });
  await after.login();
  after.close();
  await mongo.stop();
});

test('migrate-store refuses a target that holds something else, and a target that is none', async () => {
  const env = { ...ENV, DATABASE_URL: 'file:./other' };
  const admin = ['create-admin', '--new-store', '--email', 'ada@example.com', '--username', 'ada', '--password-stdin'];
  await runPostern(admin, directory.path, env, PASSWORD);
  const other = await runPostern(['migrate-store', '--to', TARGET], directory.path, env);
  expect(other).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^Email already registered/m) });
  for (const [args, said] of [
    [['migrate-store'], /^Give --to URL/],
    [['migrate-store', '--to', 'postgres://x'], /^--to names no known store/],
  ] as const) {
    expect((await runPostern(args, directory.path, env)).stderr).toMatch(said);
  }
});

test.each([
  ['the embedded store', 'file:./other', 'file:./data/../other'],
  ['MongoDB', TARGET, TARGET],
])('migrate-store refuses to copy %s onto itself', async (_name, from, to) => {
  const env = { ...ENV, DATABASE_URL: from };
  const admin = ['create-admin', '--new-store', '--email', 'eve@example.com', '--username', 'eve', '--password-stdin'];
  await runPostern(admin, directory.path, env, PASSWORD);
  const { code, stdout, stderr } = await runPostern(['migrate-store', '--to', to], directory.path, env);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^--to is the store that DATABASE_URL names already/);
});
