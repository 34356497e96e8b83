import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import { LoginRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { ageGraceMs, CONNECTION_TIMES, type ConnectionTimes } from '../../../src/grpc/connections/connection-times';
import { PREFACE } from '../../support/clients/http2-frames';
import { eventually } from '../../support/domain/eventually';
import { callRaw, SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const NEVER_MS = 3_600_000;
const TIMES: ConnectionTimes = { keepaliveMs: NEVER_MS, keepaliveTimeoutMs: 100, idleMs: NEVER_MS, ageMs: NEVER_MS };
const LOGIN = LoginRequest.encode({ username: 'ada', password: 'x', deviceName: '' }).finish();

let stub: StubServer;
const open: { destroy(): void }[] = [];
afterEach(async () => {
  for (const connection of open.splice(0)) connection.destroy();
  await stub.stop();
});

const start = async (times: Partial<ConnectionTimes>, auth = {}) => {
  stub = await startStub({ connectionTimes: { ...TIMES, ...times }, auth });
};

function raw(): Socket {
  const [host = '', port = ''] = stub.address.split(':');
  const socket = connect(Number(port), host);
  open.push(socket.on('error', () => {}).resume());
  return socket;
}

/** A client that answers PINGs, as Node's does by itself. */
async function http2(): Promise<ClientHttp2Session> {
  const session = connectHttp2(`http://${stub.address}`);
  open.push(session.on('error', () => {}));
  await once(session, 'remoteSettings');
  return session;
}

const readGoaway = async (session: ClientHttp2Session) => (await once(session, 'goaway'))[0] as number;
const whenClosed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

test.each([
  ['says nothing', Buffer.alloc(0)],
  ['has said hello and answers no PING', PREFACE],
])('A client that %s is closed when the keepalive timeout is over [E6]', async (_what, bytes) => {
  await start({ keepaliveMs: 50 });
  const socket = raw();
  socket.write(bytes);
  await whenClosed(socket);
  await eventually('it is not open any more', () => stub.server.connections().open === 0);
});

test('A connection that answers PINGs but makes no call is closed after the idle limit [E6]', async () => {
  await start({ keepaliveMs: 20, idleMs: 500 });
  const session = await http2();
  let pings = 0;
  session.on('ping', () => {
    pings += 1;
  });
  expect(await readGoaway(session)).toBe(0);
  expect(pings).toBeGreaterThan(1);
  await eventually('it is not open any more', () => stub.server.connections().open === 0);
});

test('A connection past its maximum age gets GOAWAY, and its running call is finished first [E6]', async () => {
  let finish: () => void = () => {};
  const login = () =>
    new Promise((resolve) => {
      finish = () => resolve({ tokens: undefined, user: undefined });
    });
  await start({ ageMs: 300 }, { login });
  const client = new Client(stub.address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const answer = callRaw(client, `${SERVICE}/Login`, LOGIN);
  const session = await http2();
  expect(await readGoaway(session)).toBe(0);
  await eventually('only the connection with the call is left', () => stub.server.connections().open === 1);
  finish();
  expect((await answer).error).toBeNull();
  await eventually('none is left', () => stub.server.connections().open === 0);
  client.close();
});

test('Connections that began together reach their maximum age at different times [E6]', async () => {
  await start({ ageMs: 1_000 });
  const sessions = await Promise.all(Array.from({ length: 20 }, http2));
  const ends = await Promise.all(sessions.map(async (session) => readGoaway(session).then(() => performance.now())));
  // 10 % to each side; the timers of one moment would end within a turn of the event loop.
  expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(40);
});

test('Every connection has keepalive, idle and age limits by default [E6]', () => {
  for (const ms of Object.values(CONNECTION_TIMES)) expect(ms).toBeLessThanOrEqual(NEVER_MS);
  expect(ageGraceMs(10_000)).toBe(15_000);
});
