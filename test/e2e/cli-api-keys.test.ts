import { status } from '@grpc/grpc-js';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const KEY = /^pstn_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/;
const DAY_MS = 86_400_000;

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

interface Made {
  readonly apiKey: string;
  readonly key: {
    readonly id: string;
    readonly name: string;
    readonly prefix: string;
    readonly roles: string[];
    readonly allowedCidrs: string[];
    readonly createdAt: string;
    readonly expiresAt: string;
    readonly revokedAt: string | null;
  };
}

const postern = (...args: string[]) => runPostern(args, directory.path);

async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await postern(...args);
  expect([args, code, stderr]).toEqual([args, 0, expect.stringMatching(/^(Store: .+\n)?$/)]);
  return stdout;
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse(await text(...args, '--json'));
}

const validate = async (apiKey: string) => {
  const { principal } = await client.call('postern.auth.v1.AuthService/Validate', { accessToken: apiKey });
  return principal as { username: string; roles: string[]; apiKeyId: string };
};

/** Within the second that the contract gives a change. */
const refused = (apiKey: string) =>
  eventually(
    'the key is refused',
    () =>
      validate(apiKey).then(
        () => false,
        (error: { code: number }) => error.code === status.UNAUTHENTICATED,
      ),
    1_000,
  );

const account = (username: string, ...roles: string[]) =>
  json<{ user: { id: string; kind: string; roles: string[] } }>(
    'service-accounts',
    'create',
    username,
    ...roles.flatMap((role) => ['--role', role]),
  );

test('service-accounts create makes an account without a password', async () => {
  expect(await text('service-accounts', 'create', 'plain')).toMatch(
    /^Made the service account plain \([0-9a-f-]{36}\)\n$/,
  );
  expect(await account('billing', 'service', 'user')).toMatchObject({
    user: { username: 'billing', email: '', kind: 'service', roles: ['service', 'user'], active: true },
  });
  expect(await postern('service-accounts', 'create', 'Billing')).toMatchObject({ code: 1, stdout: '' });
});

test('service-accounts list shows service accounts and no person', async () => {
  await account('listed');
  const person = { email: 'ada@example.com', username: 'ada', password: 'plum-cabinet-orbit-91' };
  await client.call('postern.auth.v1.AuthService/Register', person);
  const [heading, ...rows] = (await text('service-accounts', 'list')).trimEnd().split('\n');
  expect(heading).toMatch(/^ID +USERNAME +ACTIVE +ROLES +CREATED$/);
  expect(rows.filter((row) => / listed +yes +user /.test(row))).toHaveLength(1);
  const { users } = await json<{ users: { username: string; kind: string }[] }>('service-accounts', 'list');
  expect(users.map(({ username }) => username)).toContain('listed');
  expect(users.every(({ kind }) => kind === 'service')).toBe(true);
});

test('service-accounts disable and delete end its keys, and touch no person', async () => {
  for (const [name, asJson] of [
    ['ended', false],
    ['ended-json', true],
  ] as const) {
    const { user } = await account(name);
    const { apiKey } = await json<Made>('api-keys', 'create', name, '--name', 'ci');
    await validate(apiKey);
    if (asJson) expect(await json('service-accounts', 'disable', name)).toMatchObject({ user: { active: false } });
    else
      expect(await text('service-accounts', 'disable', name)).toBe(
        `Disabled ${name} (${user.id}); its API keys are refused\n`,
      );
    await refused(apiKey);
    await text('users', 'enable', name);
    await eventually('the key works again', () => validate(apiKey).then(Boolean, () => false), 1_000);
    if (asJson) expect(await json('service-accounts', 'delete', name)).toEqual({});
    else expect(await text('service-accounts', 'delete', name)).toBe(`Deleted ${name} (${user.id}) and its API keys\n`);
    await refused(apiKey);
  }
  const person = { email: 'bob@example.com', username: 'bob', password: 'plum-cabinet-orbit-91' };
  await client.call('postern.auth.v1.AuthService/Register', person);
  for (const command of ['disable', 'delete']) {
    const { code, stderr } = await postern('service-accounts', command, 'bob');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/(^|\n)bob is a person; see: postern users --help\n$/)]);
  }
});

test('api-keys create prints the key alone on standard output, and what limits it', async () => {
  await account('creator', 'user', 'service');
  const limits = ['--role', 'service', '--expires-in', '30d', '--cidr', '127.0.0.0/8'];
  const printed = await postern('api-keys', 'create', 'creator', '--name', 'production', ...limits);
  const apiKey = printed.stdout.trimEnd();
  expect([printed.code, KEY.test(apiKey)]).toEqual([0, true]);
  expect(printed.stderr).toMatch(/(^|\n)This is shown once\. The key \S+ \(production\) is good until /);
  expect(printed.stderr).not.toContain(apiKey.slice(28));
  expect(await validate(apiKey)).toMatchObject({ username: 'creator', roles: ['service'] });
  const made = await json<Made>('api-keys', 'create', 'creator', '--name', 'second', ...limits);
  expect(made.apiKey).toMatch(KEY);
  expect(made.key).toMatchObject({ name: 'second', roles: ['service'], allowedCidrs: ['127.0.0.0/8'] });
  expect(Date.parse(made.key.expiresAt) - Date.parse(made.key.createdAt)).toBeCloseTo(30 * DAY_MS, -4);
  const nameless = await postern('api-keys', 'create', 'creator');
  expect([nameless.code, nameless.stdout]).toEqual([1, '']);
  const wrong = await postern('api-keys', 'create', 'creator', '--name', 'x', '--role', 'admin', '--cidr', 'x');
  expect([wrong.code, wrong.stdout]).toEqual([1, '']);
  expect(wrong.stderr).toMatch(/(^|\n)roles: .*\nallowed_cidrs: /);
});

test('api-keys list shows what may be shown of each key, a page at a time', async () => {
  await account('lister');
  expect(await text('api-keys', 'list', 'lister')).toBe('No API keys\n');
  const [first, second] = [
    await json<Made>('api-keys', 'create', 'lister', '--name', 'one'),
    await json<Made>('api-keys', 'create', 'lister', '--name', 'two'),
  ];
  const [heading, ...rows] = (await text('api-keys', 'list', 'lister')).trimEnd().split('\n');
  expect(heading).toMatch(/^ID +NAME +PREFIX +ROLES +NETWORKS +CREATED +EXPIRES +LAST USED +REVOKED$/);
  expect(rows.map((row) => row.split(/ +/).slice(0, 4))).toEqual(
    [first, second].map(({ key }) => [key.id, key.name, key.prefix, 'user']),
  );
  const page = await json<{ keys: object[]; nextPageToken: string }>('api-keys', 'list', 'lister', '--limit', '1');
  expect(page.keys).toMatchObject([{ id: first.key.id, prefix: first.apiKey.slice(0, 27) }]);
  expect(JSON.stringify(page)).not.toMatch(/secret|hash/i);
  const rest = await json<{ keys: object[] }>('api-keys', 'list', 'lister', '--page-token', page.nextPageToken);
  expect(rest.keys).toMatchObject([{ id: second.key.id }]);
});

test('api-keys rotate makes a successor, and ends the old key after the overlap', async () => {
  await account('rotator');
  const old = await json<Made>('api-keys', 'create', 'rotator', '--name', 'ci');
  const next = await json<Made>('api-keys', 'rotate', old.key.id, '--overlap', '24h');
  expect(next.key).toMatchObject({ name: 'ci', roles: ['user'] });
  expect(await validate(old.apiKey)).toMatchObject({ apiKeyId: old.key.id });
  expect(await validate(next.apiKey)).toMatchObject({ apiKeyId: next.key.id });
  const last = await postern('api-keys', 'rotate', next.key.id);
  expect([last.code, KEY.test(last.stdout.trimEnd())]).toEqual([0, true]);
  await refused(next.apiKey);
  await validate(last.stdout.trimEnd());
  expect(await postern('api-keys', 'rotate', next.key.id)).toMatchObject({ code: 1, stdout: '' });
});

test('api-keys revoke ends a key within a second [C13]', async () => {
  await account('revoker');
  for (const asJson of [false, true]) {
    const { apiKey, key } = await json<Made>('api-keys', 'create', 'revoker', '--name', 'ci');
    await validate(apiKey);
    if (asJson) expect(await json('api-keys', 'revoke', apiKey.slice(0, 27))).toEqual({});
    else expect(await text('api-keys', 'revoke', apiKey)).toBe(`Revoked ${key.id}\n`);
    await refused(apiKey);
  }
  expect(await text('audit', '--user', 'revoker', '--type', 'api_key.revoked')).toMatch(
    /api_key\.revoked +revoker +\S+ +cli /,
  );
});
