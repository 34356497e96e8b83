import { once } from 'node:events';
import { type ClientDuplexStream, status as Code, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  ImportStatus,
  type ImportUsersRequest,
  type ImportUsersResponse,
} from '../../../src/gen/postern/auth/v1/admin_service';
import type { StreamMethod } from '../../../src/transport/methods/method';
import { eventually } from '../../support/domain/eventually';
import { type AppCalls, appCalls, PASSWORD } from '../../support/grpc/app-calls';
import { type StubServer, startStub } from '../../support/grpc/stub-server';
import { type StartedApp, startApp } from '../../support/processes/start-app';

let started: StartedApp;
let calls: AppCalls;
let adminToken: string;
/** argon2id of PASSWORD, as another system of the same parameters stores it. */
let passwordHash: string;
beforeAll(async () => {
  const { hash } = await import('@node-rs/argon2');
  passwordHash = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 3, parallelism: 1 });
  started = await startApp({ REQUEST_TIMEOUT_SECONDS: '1' });
  calls = appCalls(started);
  adminToken = await calls.adminToken();
});
afterAll(() => started.stop());

type Stream = ClientDuplexStream<ImportUsersRequest, ImportUsersResponse>;

function importStream(token = adminToken, timeout?: string): Stream {
  const metadata = new Metadata();
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  // Set as a header, for a deadline of grpc-js would end the call in the client.
  if (timeout !== undefined) metadata.set('grpc-timeout', timeout);
  const { admin } = started;
  return (admin.importUsers as unknown as (metadata: Metadata) => Stream).call(admin, metadata);
}

function aRow(externalId: string, overrides: Partial<ImportUsersRequest> = {}): ImportUsersRequest {
  const names = { email: `${externalId}@old.example.com`, username: `old-${externalId}` };
  const rest = { emailVerified: true, active: undefined, roles: [], createdAt: undefined, passwordHash };
  return { externalId, ...names, ...rest, ...overrides };
}

async function importRows(
  rows: readonly ImportUsersRequest[],
  stream = importStream(),
): Promise<ImportUsersResponse[]> {
  const answers: ImportUsersResponse[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    stream.on('data', (answer: ImportUsersResponse) => answers.push(answer));
    stream.once('error', reject);
    stream.once('end', resolve);
  });
  for (const row of rows) stream.write(row);
  stream.end();
  await ended;
  return answers;
}

test('ImportUsers answers each row in its order, and the account opens with the old password', async () => {
  const rows = [
    aRow('a1', { createdAt: new Date('2018-01-02T03:04:05Z'), roles: ['moderator'] }),
    aRow('a2', { passwordHash: 'md17:abc' }),
    aRow('a3', { passwordHash: passwordHash.replace('t=3', 't=11') }),
    aRow('a4', { email: 'no address' }),
    aRow('a5', { active: false }),
    aRow('a6', { passwordHash: '' }),
  ];
  const answers = await importRows(rows);
  const { IMPORT_STATUS_IMPORTED: imported, IMPORT_STATUS_REFUSED: refused } = ImportStatus;
  expect(answers.map(({ externalId, status, reason, field }) => [externalId, status, reason, field])).toEqual([
    ['a1', imported, '', ''],
    ['a2', refused, 'HASH_UNKNOWN', 'password_hash'],
    ['a3', refused, 'HASH_TOO_COSTLY', 'password_hash'],
    ['a4', refused, 'INVALID_FIELDS', 'email'],
    ['a5', imported, '', ''],
    ['a6', imported, '', ''],
  ]);
  const login = (username: string) => calls.auth('login', { username, password: PASSWORD, deviceName: '' });
  const { user } = await login('old-a1');
  expect(user).toMatchObject({
    id: answers[0]?.userId,
    externalId: 'a1',
    roles: ['moderator'],
    emailVerified: true,
    createdAt: new Date('2018-01-02T03:04:05Z'),
  });
  for (const name of ['old-a2', 'old-a4', 'old-a5', 'old-a6'])
    await expect(login(name)).rejects.toThrow('UNAUTHENTICATED');
  // The first login renewed the hash; the row is known all the same.
  const again = await importRows([aRow('a1', { createdAt: new Date('2018-01-02T03:04:05Z'), roles: ['moderator'] })]);
  expect(again).toMatchObject([{ status: ImportStatus.IMPORT_STATUS_UNCHANGED, userId: answers[0]?.userId }]);
  const other = await importRows([aRow('a1', { username: 'another-name' })]);
  expect(other).toMatchObject([{ status: refused, reason: 'EXTERNAL_ID_TAKEN', field: 'external_id', userId: '' }]);
});

test('ImportUsers goes on for longer than REQUEST_TIMEOUT_SECONDS, and answers rows as they come', async () => {
  const stream = importStream();
  for (const externalId of ['slow1', 'slow2', 'slow3']) {
    stream.write(aRow(externalId));
    expect((await once(stream, 'data'))[0]).toMatchObject({ externalId, status: ImportStatus.IMPORT_STATUS_IMPORTED });
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  stream.end();
  stream.resume();
  await once(stream, 'end');
});

test('ImportUsers of the same rows in two streams at once makes one account each', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => aRow(`twice${i}`));
  const [one, other] = await Promise.all([importRows(rows), importRows(rows)]);
  expect(one?.map(({ userId }) => userId)).toEqual(other?.map(({ userId }) => userId));
  const imported = [...(one ?? []), ...(other ?? [])].filter(({ status }) => status === 1);
  expect(imported).toHaveLength(300);
});

test.each([
  ['no bearer', () => importStream(''), Code.UNAUTHENTICATED],
  ['a past deadline', () => importStream(adminToken, '0n'), Code.DEADLINE_EXCEEDED],
])('ImportUsers refuses a stream with %s', async (_, open, code) => {
  await expect(importRows([aRow('never')], open())).rejects.toMatchObject({ code });
  const { users } = await calls.admin('listUsers', { pageSize: 10, pageToken: '', query: 'old-never' }, adminToken);
  expect(users).toEqual([]);
});

test('ImportUsers refuses a user who is no admin, also when no row comes', async () => {
  const { tokens } = await calls.newUser();
  const refused = importRows([], importStream(tokens.accessToken));
  await expect(refused).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
  expect(await importRows([])).toEqual([]);
});

test('ImportUsers ends when the session of its admin does', async () => {
  const token = await calls.adminToken();
  const stream = importStream(token);
  stream.write(aRow('before-end'));
  await once(stream, 'data');
  await calls.auth('revokeAllSessions', { keepCurrent: false }, token);
  const failed = once(stream, 'error') as Promise<[ServiceError]>;
  stream.write(aRow('after-end'));
  expect((await failed)[0].code).toBe(Code.UNAUTHENTICATED);
  adminToken = await calls.adminToken();
  const { users } = await calls.admin('listUsers', { pageSize: 10, pageToken: '', query: 'old-after-end' }, adminToken);
  expect(users).toEqual([]);
});

test('ImportUsers is one audit event for a batch, not for each user', async () => {
  const rows = Array.from({ length: 50 }, (_, i) => aRow(`audited${i}`, { passwordHash: '' }));
  await importRows(rows);
  await eventually('the events of 50 imported users', async () => {
    const query = { pageSize: 100, pageToken: '', userId: '', type: 'user.imported' };
    const { events } = (await calls.admin('listAuditEvents', query, adminToken)) as unknown as {
      events: { count: number; actorId: string }[];
    };
    const total = events.reduce((sum, { count }) => sum + count, 0);
    return total >= 50 && events[0]?.actorId !== '' && events.length < total / 5;
  });
});

const STUB_METHOD = {
  path: '/postern.auth.v1.AdminService/ImportUsers',
  batch: 10,
  pauseAfter: () => 0,
  decode: (bytes: Uint8Array) => Buffer.from(bytes),
  encode: (answer: unknown) => answer as Buffer,
};
const same = (bytes: Buffer) => bytes;

let stub: StubServer | undefined;
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
});

/** A stream of a service that does this with its batches. */
async function openStub(handle: StreamMethod['handle'], more: Partial<StreamMethod> = {}) {
  stub = await startStub({ streams: [{ ...STUB_METHOD, ...more, handle }] });
  return { stub, stream: stub.client.makeBidiStreamRequest(STUB_METHOD.path, same, same) };
}

test('A stream takes no more than it answers: the sender is held back while a batch runs', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = 0;
  const { stream } = await openStub(async (requests) => {
    taken += requests.length;
    await gate;
    return requests as Buffer[];
  });
  const message = Buffer.alloc(16 * 1024);
  let sent = 0;
  for (let i = 0; i < 400; i += 1)
    stream.write(message, () => {
      sent += 1;
    });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(taken).toBe(1);
  expect(sent).toBeLessThan(200);
  release();
  let answers = 0;
  stream.on('data', () => {
    answers += 1;
  });
  stream.end();
  await once(stream, 'end');
  expect(answers).toBe(400);
});

test('A stream answers a batch at once, and pauses before the next one for as long as its method says', async () => {
  const PAUSE_MS = 400;
  const takenAt: number[] = [];
  const { stream } = await openStub(
    async (requests) => {
      takenAt.push(performance.now());
      return requests as Buffer[];
    },
    { pauseAfter: () => PAUSE_MS },
  );
  stream.write(Buffer.from('first'));
  stream.write(Buffer.from('second'));
  await once(stream, 'data');
  expect(takenAt).toHaveLength(1);
  stream.end();
  stream.resume();
  await once(stream, 'end');
  const [first = 0, second = 0] = takenAt;
  expect(second - first).toBeGreaterThan(PAUSE_MS - 5);
});

test('A stream ends with UNAVAILABLE when the service stops, after what was taken up was answered', async () => {
  let isTaken = false;
  const { stub, stream } = await openStub(async (requests) => {
    isTaken = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return requests as Buffer[];
  });
  stream.write(Buffer.from('taken'));
  const answers: Buffer[] = [];
  stream.on('data', (answer: Buffer) => answers.push(answer));
  await eventually('the row is taken up', () => isTaken);
  const failed = once(stream, 'error') as Promise<[ServiceError]>;
  const stopped = stub.stop(2_000);
  expect((await failed)[0].code).toBe(Code.UNAVAILABLE);
  expect(answers.map(String)).toEqual(['taken']);
  await stopped;
});

test('A stream is cancelled with its client: what has not been taken up is not', async () => {
  const seen: boolean[] = [];
  let taken = 0;
  const { stub, stream } = await openStub(async (requests, call) => {
    taken += 1;
    await eventually('the call is cancelled', () => call.cancelled);
    seen.push(call.cancelled);
    return requests as Buffer[];
  });
  stream.on('error', () => {});
  for (let i = 0; i < 30; i += 1) stream.write(Buffer.from('row'));
  await eventually('rows are taken up', () => taken > 0);
  stream.cancel();
  await eventually('what was taken up ends', () => seen.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect({ taken, seen }).toEqual({ taken: 1, seen: [true] });
  await stub.stop();
  expect(stub.lines.find((line) => line.method === STUB_METHOD.path)).toMatchObject({ status: 'CANCELLED' });
});
