import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';
const ROOT = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin'];

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let client: ReflectionClient;

beforeAll(async () => {
  directory = await workingDirectory();
  service = await startService(directory.path);
  client = reflectionClient(service.grpcAddress);
}, 90_000);

afterAll(async () => {
  client.close();
  await service.stop();
  await directory.remove();
});

test('create-admin beside the running service makes an admin who can administer at once', async () => {
  const made = await runPostern(ROOT, directory.path, {}, `${PASSWORD}\n`);
  expect(made).toMatchObject({ code: 0, stderr: `Store: ${join(directory.path, 'data')}\n` });
  expect(made.stdout).toMatch(/^Made the admin root \([0-9a-f-]{36}\)\n$/);
  const { tokens } = await client.call('postern.auth.v1.AuthService/Login', { username: 'root', password: PASSWORD });
  const { accessToken } = tokens as { accessToken: string };
  const authorization = { authorization: `Bearer ${accessToken}` };
  const { users } = await client.call('postern.auth.v1.AdminService/ListUsers', {}, authorization);
  expect(users).toEqual([expect.objectContaining({ username: 'root', roles: ['admin'], active: true })]);
});

test('create-admin refuses a name that the service knows', async () => {
  await client.call('postern.auth.v1.AuthService/Register', {
    email: 'b@example.com',
    username: 'bob',
    password: PASSWORD,
  });
  const args = ['create-admin', '--email', 'other@example.com', '--username', 'BOB', '--password-stdin'];
  const { code, stdout, stderr } = await runPostern(args, directory.path, {}, PASSWORD);
  expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^Store: .*\nUsername already registered\n$/)]);
});

test('create-admin reports every fault, one a line, and makes no user', async () => {
  const args = ['create-admin', '--email', 'nowhere', '--username', '-', '--password-stdin'];
  const { code, stderr } = await runPostern(args, directory.path, {}, 'short');
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^Store: /),
    expect.stringMatching(/^email: /),
    expect.stringMatching(/^username: /),
    expect.stringMatching(/^password: /),
  ]);
  const login = client.call('postern.auth.v1.AuthService/Login', { username: 'nowhere', password: PASSWORD });
  await expect(login).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
});

test('create-admin works before the first start of the service', async () => {
  const fresh = await workingDirectory();
  const refused = await runPostern(ROOT, fresh.path, {}, PASSWORD);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  const missing = expect.stringContaining(`There is no store in ${join(fresh.path, 'data')}`);
  expect(refused.stderr).toEqual(missing);
  for (const args of [
    ['users', 'list'],
    ['audit'],
    ['audit', '--login', 'root'],
    ['keys', 'list'],
    ['keys', 'rotate'],
    ['users', 'disable', 'root'],
    ['users', 'import', '/dev/null', '--from', 'csv'],
  ]) {
    const { code, stderr } = await runPostern(args, fresh.path, { JWT_ALGORITHM: 'ES256' });
    expect([args, code, stderr, readdirSync(fresh.path)]).toEqual([args, 1, missing, []]);
  }
  // Ahead of a deployment: an embedded store that is not there yet needs nothing.
  expect([(await runPostern(['migrate'], fresh.path)).code, readdirSync(fresh.path)]).toEqual([0, []]);
  const { code } = await runPostern([...ROOT, '--new-store'], fresh.path, {}, PASSWORD);
  expect(code).toBe(0);
  await fresh.remove();
});

test('on MongoDB only --new-store makes a store; every other command names the one that is missing', async () => {
  const env = { DATABASE_URL: testDatabaseUrl(), SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' };
  const client = await mongoClient(env.DATABASE_URL).connect();
  for (const args of [ROOT, ['users', 'list'], ['audit'], ['keys', 'list'], ['users', 'disable', 'root']]) {
    const refused = await runPostern(args, directory.path, env, PASSWORD);
    expect([args, refused.code]).toEqual([args, 78]);
    expect(refused.stderr).toMatch(/There is no store in mongodb:.*: set DATABASE_URL to the one of the service, or/);
    expect(await client.db().listCollections().toArray()).toEqual([]);
  }
  expect(await runPostern([...ROOT, '--new-store'], directory.path, env, PASSWORD)).toMatchObject({ code: 0 });
  expect((await runPostern(['users', 'list'], directory.path, env)).stdout).toContain('root@example.com');
  await client.close();
});

test('create-admin ends with 78 at a bad configuration', async () => {
  const { code, stderr } = await runPostern(
    ROOT,
    directory.path,
    { DATABASE_URL: 'postgres://x', WORKERS: 'x' },
    PASSWORD,
  );
  expect(code).toBe(78);
  expect(stderr).toMatch(/^ *DATABASE_URL: /m);
  expect(stderr).toMatch(/^ *WORKERS: /m);
});

test.each([
  [['create-admin', '--email', 'x@example.com'], /--username/],
  [['create-admin', '--bogus'], /Unknown option '--bogus'/],
  [['create-admin', '--email', 'x@example.com', '--username', 'xyz'], /no terminal .* --password-stdin/],
  [['no-such'], /no command/],
])('refuses %j and says why', async (args, reason) => {
  const { code, stderr } = await runPostern(args, directory.path);
  expect(code).toBe(1);
  expect(stderr).toMatch(reason);
});

test('healthcheck says whether the service of this environment serves', async () => {
  const up = await runPostern(['healthcheck'], directory.path, { GRPC_ADDRESS: service.grpcAddress });
  expect(up).toMatchObject({ code: 0, stdout: 'SERVING\n' });
  const down = await runPostern(['healthcheck'], directory.path, { GRPC_ADDRESS: '127.0.0.1:1' });
  expect(down).toMatchObject({ code: 1, stderr: expect.stringMatching(/^NOT SERVING: .*ECONNREFUSED/) });
});

test.each([
  [['--help'], /create-admin/],
  [['create-admin', '--help'], /--password-stdin/],
  [['serve', '--help'], /environment/],
  [['version'], /^postern \d+\.\d+\.\d+/],
])('%j explains', async (args, text) => {
  const { code, stdout } = await runPostern(args, directory.path);
  expect(code).toBe(0);
  expect(stdout).toMatch(text);
});
