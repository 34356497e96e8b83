import { once } from 'node:events';
import { status as Code, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { WatchRevocationsResponse } from '../../../src/gen/postern/auth/v1/auth_service';
import { eventually } from '../../support/domain/eventually';
import { type AppCalls, appCalls, refusal } from '../../support/grpc/app-calls';
import { testDatabaseUrl } from '../../support/mongo/mongo';
import { type StartedApp, startApp } from '../../support/processes/start-app';

const TRIALS = 200;
const PAGE = { pageSize: 0, pageToken: '', type: '' };

let replicas: StartedApp[];
let a: AppCalls;
let b: AppCalls;
let adminToken: string;
beforeAll(async () => {
  const DATABASE_URL = testDatabaseUrl();
  replicas = [await startApp({ DATABASE_URL }), await startApp({ DATABASE_URL })];
  [a, b] = replicas.map(appCalls) as [AppCalls, AppCalls];
  adminToken = await a.adminToken();
}, 60_000);
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
});

interface Made {
  readonly apiKey: string;
  readonly key: { readonly id: string };
}

const aServiceAccount = async (roles = ['service']) => {
  const username = `bot-${Math.random().toString(36).slice(2)}`;
  const { user } = await a.admin('createServiceAccount', { username, roles }, adminToken);
  return user;
};
const createKeyFor = async (userId: string) =>
  (await a.admin('createApiKey', { userId, name: 'ci', roles: [], allowedCidrs: [] }, adminToken)) as unknown as Made;

test('a key that is revoked on one replica is refused on another one, p99 under 100 ms [C13]', async () => {
  const user = await aServiceAccount();
  const took: number[] = [];
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const { apiKey, key } = await createKeyFor(user.id);
    await b.auth('validate', { accessToken: apiKey });
    await a.admin('revokeApiKey', { keyId: key.id }, adminToken);
    const acknowledgedAt = performance.now();
    for (;;) {
      const [code, reason] = await refusal(b.auth('validate', { accessToken: apiKey }));
      if (code !== 'OK') {
        expect(reason).toBe('TOKEN_REVOKED');
        break;
      }
    }
    took.push(performance.now() - acknowledgedAt);
  }
  took.sort((x, y) => x - y);
  expect(took[197]).toBeLessThan(100);
}, 120_000);

test('a token of the same second is judged exactly on both sides of a user-wide end, on two replicas', async () => {
  for (let trial = 0; trial < 5; trial += 1) {
    const { user, account, tokens: before } = await a.newUser();
    await a.admin('setUserActive', { userId: user.id, active: false }, adminToken);
    await b.admin('setUserActive', { userId: user.id, active: true }, adminToken);
    const login = { username: account.username, password: account.password, deviceName: '' };
    const { tokens: after } = await b.auth('login', login);
    const iat = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iat;
    expect(iat(after.accessToken) - iat(before.accessToken)).toBeLessThanOrEqual(1);
    for (const { auth } of [a, b]) {
      const judged = async () => (await refusal(auth('validate', { accessToken: before.accessToken })))[1];
      await eventually('the token of before is refused', async () => (await judged()) === 'TOKEN_REVOKED', 1_000);
      const isGood = async () => (await refusal(auth('validate', { accessToken: after.accessToken })))[0] === 'OK';
      await eventually('the token of after is good', isGood, 1_000);
    }
  }
});

test('WatchRevocations takes a key, sends roles and that it has caught up, and ends with the key', async () => {
  const user = await aServiceAccount();
  const { apiKey, key } = await createKeyFor(user.id);
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${apiKey}`);
  const stream = (replicas[1] as StartedApp).auth.watchRevocations({ resumeToken: '' }, metadata);
  const events: NonNullable<WatchRevocationsResponse['event']>[] = [];
  stream.on('data', ({ event }: WatchRevocationsResponse) => event && events.push(event));
  const ended = once(stream, 'error').then(([error]) => error as ServiceError);
  await eventually('it has caught up', () => events.some(({ $case }) => $case === 'caughtUp'));
  const caughtUpAt = events.findIndex(({ $case }) => $case === 'caughtUp');
  expect(events.slice(0, caughtUpAt).some(({ $case }) => $case === 'heartbeat')).toBe(false);
  const other = await aServiceAccount(['user']);
  await a.admin('setUserRoles', { userId: other.id, roles: ['user', 'moderator'] }, adminToken);
  // A stream may begin with the changes of a short time before it, such as the first roles of accounts just registered.
  const isChange = (event: (typeof events)[number]) =>
    event.$case === 'roleChange' &&
    event.roleChange.userId === other.id &&
    event.roleChange.roles.includes('moderator');
  await eventually('the roles', () => events.some(isChange));
  const change = { userId: other.id, roles: ['user', 'moderator'], changedAt: expect.any(Date) };
  expect(events.find(isChange)).toMatchObject({ roleChange: change });
  await a.admin('revokeApiKey', { keyId: key.id }, adminToken);
  expect((await ended).code).toBe(Code.UNAUTHENTICATED);
  expect(events.filter(({ $case }) => $case === 'caughtUp')).toHaveLength(1);
});

test('ListAuditEvents shows what was acknowledged just before, and no log line holds a key', async () => {
  const user = await aServiceAccount();
  const { apiKey } = await createKeyFor(user.id);
  const audit = async () =>
    (await a.admin('listAuditEvents', { ...PAGE, userId: user.id }, adminToken)) as unknown as {
      events: { type: string }[];
    };
  expect((await audit()).events.map(({ type }) => type)).toEqual(['api_key.created', 'user.created']);
  await b.auth('getCurrentUser', {}, apiKey);
  await refusal(b.auth('validate', { accessToken: `${apiKey.slice(0, -1)}!` }));
  expect(await refusal(b.auth('changePassword', { currentPassword: '', newPassword: '' }, apiKey))).toEqual([
    'FAILED_PRECONDITION',
    'SESSION_REQUIRED',
  ]);
  const secret = apiKey.slice(28, 71);
  for (const replica of replicas) expect(replica.text()).not.toContain(secret);
});
