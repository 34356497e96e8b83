import { once } from 'node:events';
import { type ClientReadableStream, status as Code, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { WatchRevocationsResponse } from '../../../src/gen/postern/auth/v1/auth_service';
import { AuthServiceClient } from '../../support/clients/service-clients';
import { eventually } from '../../support/domain/eventually';
import { type AppCalls, appCalls } from '../../support/grpc/app-calls';
import { type StartedApp, startApp } from '../../support/processes/start-app';

let started: StartedApp;
let calls: AppCalls;
let adminToken: string;
const clients: AuthServiceClient[] = [];
beforeAll(async () => {
  started = await startApp({ MAX_SESSIONS_PER_USER: '1000' });
  calls = appCalls(started);
  adminToken = await calls.adminToken();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await started.stop();
});

interface Watched {
  readonly messages: WatchRevocationsResponse[];
  readonly stream: ClientReadableStream<WatchRevocationsResponse>;
  readonly ended: Promise<ServiceError>;
  sessions(): string[];
  heartbeats(): number;
}

function watch(token: string, resumeToken = '', client = started.auth, headers: Record<string, string> = {}): Watched {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  const stream = client.watchRevocations({ resumeToken }, metadata);
  const messages: WatchRevocationsResponse[] = [];
  stream.on('data', (message: WatchRevocationsResponse) => messages.push(message));
  const targets = () =>
    messages.flatMap(({ event }) => (event?.$case === 'revocation' ? [event.revocation.target] : []));
  return {
    messages,
    stream,
    ended: once(stream, 'error').then(([error]) => error as ServiceError),
    sessions: () => targets().flatMap((target) => (target?.$case === 'sessionId' ? [target.sessionId] : [])),
    heartbeats: () => messages.filter(({ event }) => event?.$case === 'heartbeat').length,
  };
}

async function loggedOut(): Promise<string> {
  const { tokens } = await calls.newUser();
  await calls.auth('logout', { refreshToken: tokens.refreshToken });
  return tokens.sessionId;
}

test('WatchRevocations brings what is known, then what is new, and a heartbeat every second', async () => {
  const before = await loggedOut();
  const watched = watch(adminToken);
  await eventually('what was known', () => watched.sessions().includes(before));
  const after = await loggedOut();
  await eventually('what is new', () => watched.sessions().includes(after));
  await eventually('two heartbeats', () => watched.heartbeats() >= 2);
  const news = watched.messages.find(
    ({ event }) => event?.$case === 'revocation' && event.revocation.reason === 'logout',
  );
  expect(news?.event).toMatchObject({ revocation: { reason: 'logout', revokedAt: expect.any(Date) } });
  watched.stream.cancel();
});

test('WatchRevocations resumes from its token with what happened since, on any replica', async () => {
  const watched = watch(adminToken);
  await eventually('a heartbeat', () => watched.heartbeats() > 0);
  const resumeToken = watched.messages.at(-1)?.resumeToken ?? '';
  watched.stream.cancel();
  const missed = await loggedOut();
  const resumed = watch(adminToken, resumeToken);
  await eventually('what was missed', () => resumed.sessions().includes(missed));
  resumed.stream.cancel();
});

test('WatchRevocations carries the resume token it was asked with until the beginning is complete', async () => {
  await loggedOut();
  const watched = watch(adminToken);
  await eventually('something', () => watched.messages.length > 0);
  expect(watched.messages[0]?.resumeToken).toBe('');
  await eventually('a heartbeat', () => watched.heartbeats() > 0);
  expect(watched.messages.at(-1)?.resumeToken).toMatch(/^\d+$/);
  watched.stream.cancel();
});

test('WatchRevocations sends a disabled user, whose tokens issued before are all void', async () => {
  const { user } = await calls.newUser();
  const watched = watch(adminToken);
  await calls.admin('setUserActive', { userId: user.id, active: false }, adminToken);
  const target = { $case: 'userId', userId: user.id };
  await eventually('the user', () =>
    watched.messages.some(({ event }) => JSON.stringify(event ?? {}).includes(JSON.stringify(target))),
  );
  watched.stream.cancel();
});

test('WatchRevocations refuses who is neither admin nor service, no token, and a token of another make', async () => {
  const { tokens } = await calls.newUser();
  expect((await watch('').ended).code).toBe(Code.UNAUTHENTICATED);
  expect((await watch(tokens.accessToken).ended).code).toBe(Code.PERMISSION_DENIED);
  expect((await watch(adminToken, 'yesterday').ended).code).toBe(Code.INVALID_ARGUMENT);
});

test('WatchRevocations ends when the watcher loses the role, and when its session ends', async () => {
  const { user, account } = await calls.newUser();
  await calls.admin('setUserRoles', { userId: user.id, roles: ['service'] }, adminToken);
  const login = { username: account.username, password: account.password, deviceName: '' };
  const { tokens } = await calls.auth('login', login);
  const demoted = watch(tokens.accessToken);
  await eventually('a heartbeat', () => demoted.heartbeats() > 0);
  await calls.admin('setUserRoles', { userId: user.id, roles: ['user'] }, adminToken);
  expect((await demoted.ended).code).toBe(Code.PERMISSION_DENIED);
  await calls.admin('setUserRoles', { userId: user.id, roles: ['service'] }, adminToken);
  const revoked = watch(tokens.accessToken);
  await eventually('a heartbeat', () => revoked.heartbeats() > 0);
  await calls.auth('logout', { refreshToken: tokens.refreshToken });
  expect((await revoked.ended).code).toBe(Code.UNAUTHENTICATED);
});

test('A thousand watch the revocations at once and hear of the same', async () => {
  const watched: Watched[] = [];
  for (let i = 0; i < 10; i += 1) {
    const client = new AuthServiceClient(started.grpcAddress, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
    clients.push(client);
    for (let j = 0; j < 100; j += 1) watched.push(watch(adminToken, String(Date.now() + 60_000), client));
  }
  await eventually('a heartbeat for all', () => watched.every((one) => one.heartbeats() > 0), 20_000);
  const ended = await loggedOut();
  await eventually('the news for all', () => watched.every((one) => one.sessions().includes(ended)), 20_000);
  for (const { stream } of watched) stream.cancel();
}, 60_000);

test('a watch is logged with its source and its trace, though it goes on for longer than its headers are kept', async () => {
  const other = await startApp({ TRUSTED_PROXIES: '127.0.0.1' });
  const token = await appCalls(other).adminToken();
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { 'x-forwarded-for': '203.0.113.7', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const watched = watch(token, '', other.auth, headers);
  await eventually('a heartbeat', () => watched.heartbeats() > 0);
  watched.stream.cancel();
  await watched.ended;
  const line = () => other.lines().find(({ method }) => String(method).endsWith('/WatchRevocations'));
  await eventually('its line', () => line() !== undefined);
  expect(line()).toMatchObject({ status: 'CANCELLED', peer: '203.0.113.7', trace_id: trace });
  await other.stop();
});

test('a service that stops ends its watches with UNAVAILABLE', async () => {
  const other = await startApp();
  const token = await appCalls(other).adminToken();
  const watched = watch(token, '', other.auth);
  await eventually('a heartbeat', () => watched.heartbeats() > 0);
  const stopped = other.stop();
  expect((await watched.ended).code).toBe(Code.UNAVAILABLE);
  await stopped;
});
