import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { deflateSync, gzipSync } from 'node:zlib';
import { LogoutRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const MESSAGE = LogoutRequest.encode({ refreshToken: 'token' }).finish();
const HEADERS = {
  ':method': 'POST',
  ':path': `${SERVICE}/Logout`,
  'content-type': 'application/grpc',
  te: 'trailers',
};

let stub: StubServer;
let session: ClientHttp2Session;
let logout: jest.Mock;
beforeEach(async () => {
  logout = jest.fn(async () => ({}));
  stub = await startStub({ auth: { logout } });
  session = connect(`http://${stub.address}`);
});
afterEach(async () => {
  session.destroy();
  await stub.stop();
});

function framed(bytes: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** What comes back, headers and trailers together, for a request whose DATA is cut as given. */
async function call(more: OutgoingHttpHeaders, ...parts: Buffer[]): Promise<IncomingHttpHeaders> {
  const stream = session.request({ ...HEADERS, ...more });
  let received: IncomingHttpHeaders = {};
  for (const event of ['response', 'trailers']) {
    stream.on(event, (headers) => {
      received = { ...received, ...headers };
    });
  }
  stream.on('error', () => {}).resume();
  for (const part of parts) {
    stream.write(part);
    // In a frame of its own.
    await new Promise((resolve) => session.ping(resolve));
  }
  stream.end();
  await once(stream, 'close');
  return received;
}

const WHOLE = framed(MESSAGE);

test.each([
  ['one byte in each frame', [...WHOLE].map((byte) => Buffer.from([byte]))],
  ['the prefix alone, then the rest', [WHOLE.subarray(0, 5), WHOLE.subarray(5)]],
  ['half of the prefix first', [WHOLE.subarray(0, 3), WHOLE.subarray(3)]],
])('A message cut into frames (%s) is put together', async (_what, parts) => {
  expect((await call({}, ...parts))['grpc-status']).toBe('0');
  expect(logout).toHaveBeenCalledWith({ refreshToken: 'token' }, expect.anything());
});

test.each([
  ['no message', []],
  ['a message whose end never comes', [WHOLE.subarray(0, WHOLE.length - 1)]],
])('A request of %s is INVALID_ARGUMENT and reaches no handler', async (_what, parts) => {
  expect((await call({}, ...parts))['grpc-status']).toBe('3');
  expect(logout).not.toHaveBeenCalled();
});

test.each([
  '-1S',
  '+1S',
  '1.5S',
  'S',
  '1',
  '1s',
  '123456789S',
  '1 S',
  '',
  'x',
])('A malformed grpc-timeout ("%s") is refused and nothing is carried out', async (timeout) => {
  expect((await call({ 'grpc-timeout': timeout }, WHOLE))['grpc-status']).toBe('13');
  expect(logout).not.toHaveBeenCalled();
});

test('A grpc-timeout of nothing is DEADLINE_EXCEEDED and nothing is carried out', async () => {
  expect((await call({ 'grpc-timeout': '0n' }, WHOLE))['grpc-status']).toBe('4');
  expect(logout).not.toHaveBeenCalled();
});

// 2^31 ms are 24.8 days: timers of Node fire at once beyond it.
test.each([
  '600H',
  '1200H',
  '99999999H',
  '99999999M',
])('A grpc-timeout far away (%s) is capped by the limit of the service', async (timeout) => {
  expect((await call({ 'grpc-timeout': timeout }, WHOLE))['grpc-status']).toBe('0');
  const [[, context]] = logout.mock.calls;
  // One is wall time without fractions.
  expect(Math.abs(context.deadline - context.arrivedAt - 5_000)).toBeLessThan(10);
});

test.each([
  'application/grpc',
  'application/grpc+proto',
  'APPLICATION/GRPC',
  'application/grpc; charset=utf-8',
])('The content type %s is gRPC', async (type) => {
  expect((await call({ 'content-type': type }, WHOLE))['grpc-status']).toBe('0');
});

test.each([
  'application/grpc-web',
  'application/grpc-web+proto',
  'application/grpc+json',
  'application/json',
  'text/plain',
])('The content type %s is answered by 415', async (type) => {
  expect((await call({ 'content-type': type }, WHOLE))[':status']).toBe(415);
  expect(logout).not.toHaveBeenCalled();
});

test('A method other than POST is answered by 405', async () => {
  const received = await call({ ':method': 'PUT' }, WHOLE);
  expect(received).toMatchObject({ ':status': 405, allow: 'POST' });
  expect(logout).not.toHaveBeenCalled();
});

test('An unknown method is UNIMPLEMENTED in headers alone', async () => {
  const received = await call({ ':path': `${SERVICE}/Nothing` }, WHOLE);
  expect(received).toMatchObject({ ':status': 200, 'grpc-status': '12', 'content-type': 'application/grpc+proto' });
});

test.each([
  ['gzip', gzipSync(MESSAGE)],
  ['deflate', deflateSync(MESSAGE)],
])('A message that is compressed by %s is read', async (encoding, bytes) => {
  expect((await call({ 'grpc-encoding': encoding }, framed(bytes, 1)))['grpc-status']).toBe('0');
  expect(logout).toHaveBeenCalledWith({ refreshToken: 'token' }, expect.anything());
});

test('A message without the flag is read as it is, whatever the encoding', async () => {
  expect((await call({ 'grpc-encoding': 'gzip' }, WHOLE))['grpc-status']).toBe('0');
});

test('An unknown encoding is UNIMPLEMENTED, and the answer names the known ones', async () => {
  const received = await call({ 'grpc-encoding': 'snappy' }, framed(MESSAGE, 1));
  expect(received).toMatchObject({ 'grpc-status': '12', 'grpc-accept-encoding': 'identity,deflate,gzip' });
});

test.each([
  ['the flag without an encoding', {}, framed(MESSAGE, 1)],
  ['bytes that do not unpack', { 'grpc-encoding': 'gzip' }, framed(MESSAGE, 1)],
  ['a flag that does not exist', {}, framed(MESSAGE, 2)],
])('Compression that breaks the protocol (%s) is INTERNAL and reaches no handler', async (_what, headers, bytes) => {
  expect((await call(headers, bytes))['grpc-status']).toBe('13');
  expect(logout).not.toHaveBeenCalled();
});

test('A length over the limit is RESOURCE_EXHAUSTED before its bytes have come', async () => {
  const prefix = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
  expect((await call({}, prefix))['grpc-status']).toBe('8');
});

test('A caller that goes on sending after the answer gets a reset', async () => {
  await stub.stop();
  stub = await startStub({ auth: { logout }, requestTimeoutMs: 200 });
  session.destroy();
  session = connect(`http://${stub.address}`);
  const stream = session.request(HEADERS, { endStream: false });
  stream.on('error', () => {}).resume();
  stream.write(WHOLE);
  await once(stream, 'close');
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
});
