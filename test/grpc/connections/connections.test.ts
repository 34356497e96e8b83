import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { LoginRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { eventually } from '../../support/domain/eventually';
import { callRaw, SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const LOGIN = LoginRequest.encode({ username: 'ada', password: 'x', deviceName: '' }).finish();
const HEADERS = {
  ':method': 'POST',
  ':path': `${SERVICE}/Login`,
  'content-type': 'application/grpc',
  te: 'trailers',
};

let stub: StubServer;
const open: { destroy(): void }[] = [];
afterEach(async () => {
  for (const connection of open.splice(0)) connection.destroy();
  await stub.stop();
});

async function rawSocket(address = stub.address): Promise<Socket> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  open.push(socket);
  await once(socket, 'connect');
  return socket;
}

function http2Session() {
  const session = connectHttp2(`http://${stub.address}`);
  session.on('error', () => {});
  open.push(session);
  return session;
}

function framed(bytes: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + bytes.length);
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, 5);
  return frame;
}

/** The status of a call, whether or not the client's half of the stream is still open. */
async function status(stream: ReturnType<ReturnType<typeof http2Session>['request']>): Promise<string> {
  stream.on('error', () => {});
  stream.resume();
  return new Promise((resolve) => {
    for (const event of ['response', 'trailers']) {
      stream.on(event, (headers) => headers['grpc-status'] !== undefined && resolve(String(headers['grpc-status'])));
    }
    stream.on('close', () => resolve('none'));
  });
}

test('A message that is begun and never finished is ended by the deadline [E7]', async () => {
  stub = await startStub({ requestTimeoutMs: 100 });
  const stream = http2Session().request(HEADERS, { endStream: false });
  stream.write(framed(LOGIN).subarray(0, 8));
  expect(await status(stream)).toBe('4');
});

test('A health check that never sends its message is ended by the deadline [E7]', async () => {
  stub = await startStub({ requestTimeoutMs: 100 });
  const stream = http2Session().request({ ...HEADERS, ':path': '/grpc.health.v1.Health/Check' }, { endStream: false });
  expect(await status(stream)).toBe('4');
});

test('60 kB of metadata in one key, before and after the settings were exchanged, are refused [E5]', async () => {
  stub = await startStub({ auth: { login: async () => ({ tokens: undefined, user: undefined }) } });
  const session = http2Session();
  for (let i = 0; i < 2; i += 1) {
    const stream = session.request({ ...HEADERS, 'x-large': 'x'.repeat(60_000) }, { endStream: false });
    stream.end(framed(LOGIN));
    expect(await status(stream)).toBe('8');
  }
  const sound = session.request({ ...HEADERS, 'x-small': 'x'.repeat(7_000) });
  sound.end(framed(LOGIN));
  expect(await status(sound)).toBe('0');
});

test('A message over 128 KiB is RESOURCE_EXHAUSTED, also when it only unpacks to more [E3]', async () => {
  stub = await startStub();
  const large = await callRaw(stub.client, `${SERVICE}/Login`, Buffer.alloc(128 * 1024 + 1));
  expect(large.error?.code).toBe(8);
  const { gzipSync } = await import('node:zlib');
  const bomb = framed(gzipSync(Buffer.alloc(10_000_000)));
  bomb[0] = 1;
  const stream = http2Session().request({ ...HEADERS, 'grpc-encoding': 'gzip' }, { endStream: false });
  stream.end(bomb);
  expect(await status(stream)).toBe('8');
});

test('A source beyond its connection limit gets no further connection, and those it has go on [E8]', async () => {
  stub = await startStub({
    connectionCaps: { total: 10, perSource: 3 },
    auth: { login: async () => ({ tokens: undefined, user: undefined }) },
  });
  expect((await callRaw(stub.client, `${SERVICE}/Login`, LOGIN)).error).toBeNull();
  await rawSocket();
  await rawSocket();
  const refused = await rawSocket();
  if (!refused.closed) await once(refused, 'close');
  expect((await callRaw(stub.client, `${SERVICE}/Login`, LOGIN)).error).toBeNull();
  expect(stub.server.connections()).toMatchObject({ open: 3, refused: { total_cap: 0, source_cap: 1 } });
});

test('A server with its total of connections refuses further ones [E8]', async () => {
  stub = await startStub({ address: '0.0.0.0:0', connectionCaps: { total: 2, perSource: 1 } });
  const from = async (localAddress: string) => {
    const socket = connect({ port: Number(stub.address.split(':')[1]), host: '127.0.0.1', localAddress });
    open.push(socket.on('error', () => {}).resume());
    await once(socket, 'connect');
    return socket;
  };
  await from('127.0.0.2');
  await from('127.0.0.3');
  const refused = await from('127.0.0.4');
  if (!refused.closed) await once(refused, 'close');
  expect(stub.server.connections()).toMatchObject({ open: 2, refused: { total_cap: 1, source_cap: 0 } });
});

test('A connection that closes makes room for another for another [E8]', async () => {
  stub = await startStub({ connectionCaps: { total: 1, perSource: 1 } });
  const first = await rawSocket();
  first.destroy();
  await eventually('a new connection is kept', async () => {
    const next = await rawSocket();
    const closed = once(next, 'close').then(() => 'closed');
    const [greeting] = await Promise.race([once(next, 'data'), closed.then(() => [undefined])]);
    next.destroy();
    return greeting !== undefined;
  });
});

test('Garbage instead of HTTP/2 does not end the server [E11]', async () => {
  stub = await startStub({ auth: { login: async () => ({ tokens: undefined, user: undefined }) } });
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  for (let seed = 0; seed < 50; seed += 1) {
    const socket = await rawSocket();
    const garbage = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 31 + seed * 97) % 256));
    socket.end(seed % 2 === 0 ? garbage : Buffer.concat([preface, garbage]));
  }
  expect((await callRaw(stub.client, `${SERVICE}/Login`, LOGIN)).error).toBeNull();
});

test('Calls that are reset at once are seen as cancelled and leave nothing running [E4]', async () => {
  let running = 0;
  const login = (_request: unknown, call: { signal: AbortSignal }) => {
    running += 1;
    return new Promise<never>((_resolve, reject) => {
      const end = (): void => {
        running -= 1;
        reject(call.signal.reason);
      };
      if (call.signal.aborted) end();
      else call.signal.addEventListener('abort', end);
    });
  };
  stub = await startStub({ auth: { login } });
  const session = http2Session();
  for (let i = 0; i < 90; i += 1) {
    const stream = session.request(HEADERS, { endStream: false });
    stream.on('error', () => {});
    stream.end(framed(LOGIN));
    stream.on('finish', () => stream.close(constants.NGHTTP2_CANCEL));
  }
  await eventually('every call has its line', () => stub.lines.length === 90 || session.destroyed);
  await eventually('nothing runs any more', () => running === 0);
  expect(new Set(stub.lines.map((line) => line.status))).toEqual(new Set(['CANCELLED']));
});
