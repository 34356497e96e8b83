import { gzipSync } from 'node:zlib';
import { ValidateRequest, ValidateResponse } from '../../src/gen/postern/auth/v1/auth_service';
import { type Running, send, startWithHttp } from './http-client';

const VALIDATE = '/postern.auth.v1.AuthService/Validate';
let service: Running;
let accessToken: string;

beforeAll(async () => {
  service = await startWithHttp();
  accessToken = (await service.signedIn('protocols-ada')).tokens.accessToken;
});
afterAll(() => service.stop());

/** One request whose answer is bytes. */
async function post(type: string, body: Buffer | string, headers: Record<string, string> = {}) {
  const init = { method: 'POST', headers: { 'content-type': type, ...headers }, body };
  const response = await fetch(`${service.base}${VALIDATE}`, init as RequestInit);
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

const message = (token = accessToken) =>
  Buffer.from(ValidateRequest.encode({ accessToken: token, allowAnonymous: false, fresh: false }).finish());
const frame = (flags: number, bytes: Buffer) => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags, 0);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
};
/** The frames of a gRPC-Web body by their flags. */
function framesIn(body: Buffer): Map<number, Buffer> {
  const frames = new Map<number, Buffer>();
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    frames.set(body.readUInt8(at), body.subarray(at + 5, end));
    at = end;
  }
  return frames;
}
const usernameIn = (bytes: Buffer | undefined) => ValidateResponse.decode(bytes ?? Buffer.alloc(0)).principal?.username;

test('Connect takes and gives protobuf', async () => {
  const { status, headers, body } = await post('application/proto', message());
  expect([status, headers.get('content-type'), usernameIn(body)]).toEqual([200, 'application/proto', 'protocols-ada']);
});

test('Connect refuses bytes that are no message, and its errors are JSON', async () => {
  const { status, headers, body } = await post('application/proto', Buffer.from([0x0a, 0xff]));
  expect([status, headers.get('content-type')]).toEqual([400, 'application/json']);
  expect(JSON.parse(String(body)).code).toBe('invalid_argument');
});

test.each(['application/json', 'application/proto'])('Connect reads %s compressed with gzip', async (type) => {
  const plain = type === 'application/json' ? Buffer.from(JSON.stringify({ accessToken })) : message();
  expect((await post(type, gzipSync(plain), { 'content-encoding': 'gzip' })).status).toBe(200);
});

test('a compressed message may not unpack to more than the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024));
  const { status, body } = await post('application/proto', bomb, { 'content-encoding': 'gzip' });
  expect([status, JSON.parse(String(body)).code]).toEqual([429, 'resource_exhausted']);
});

test.each([
  ['json', (token: string) => encodeURIComponent(JSON.stringify({ accessToken: token })), ''],
  ['proto', (token: string) => message(token).toString('base64url'), '&base64=1'],
  [
    'json',
    (token: string) => gzipSync(JSON.stringify({ accessToken: token })).toString('base64url'),
    '&base64=1&compression=gzip',
  ],
])('an RPC without side effects is answered by GET with %s', async (encoding, write, more) => {
  const ask = (token: string) =>
    send(service.base, 'GET', `${VALIDATE}?connect=v1&encoding=${encoding}&message=${write(token)}${more}`);
  expect([(await ask(accessToken)).status, (await ask('rubbish')).status]).toEqual([200, 401]);
});

test('an RPC that changes something is not answered by GET', async () => {
  const path = '/postern.auth.v1.AuthService/Logout?connect=v1&encoding=json&message=%7B%7D';
  const { status, headers, body } = await send(service.base, 'GET', path);
  expect([status, headers.allow]).toEqual([405, 'POST, OPTIONS']);
  expect(body).toContain('send POST');
});

describe.each([
  ['application/grpc-web', false],
  ['application/grpc-web+proto', false],
  ['application/grpc-web-text', true],
] as const)('gRPC-Web as %s', (type, isText) => {
  const write = (body: Buffer) => (isText ? body.toString('base64') : body);
  const read = (body: Buffer) => framesIn(isText ? Buffer.from(String(body), 'base64') : body);

  test('answers with a message and trailers', async () => {
    const { status, headers, body } = await post(type, write(frame(0, message())));
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(usernameIn(read(body).get(0))).toBe('protocols-ada');
    expect(String(read(body).get(0x80))).toBe('grpc-status: 0\r\n');
  });

  test('refuses in the trailers, with the details', async () => {
    const { status, body } = await post(type, write(frame(0, message('rubbish'))));
    expect([status, [...read(body).keys()]]).toEqual([200, [0x80]]);
    expect(String(read(body).get(0x80))).toMatch(
      /^grpc-status: 16\r\ngrpc-message: Could not validate credentials\r\ngrpc-status-details-bin: [\w+/]+\r\n$/,
    );
  });

  test('reads a message compressed with gzip', async () => {
    const body = write(frame(1, gzipSync(message())));
    expect(usernameIn(read((await post(type, body, { 'grpc-encoding': 'gzip' })).body).get(0))).toBe('protocols-ada');
  });
});

test('gRPC-Web text may come encoded in parts', async () => {
  const framed = frame(0, message());
  const body = framed.subarray(0, 7).toString('base64') + framed.subarray(7).toString('base64');
  const answer = await post('application/grpc-web-text', body);
  expect(usernameIn(framesIn(Buffer.from(String(answer.body), 'base64')).get(0))).toBe('protocols-ada');
});

test.each([
  '-1S',
  '1.5S',
  '1s',
  '123456789S',
])('gRPC-Web carries nothing out with a grpc-timeout of %s', async (timeout) => {
  const { body } = await post('application/grpc-web', frame(0, message()), { 'grpc-timeout': timeout });
  expect(framesIn(body).get(0)).toBeUndefined();
  expect(String(framesIn(body).get(0x80))).toMatch(/^grpc-status: 13\r\n/);
});

test.each([
  ['two messages', () => Buffer.concat([frame(0, message()), frame(0, message())])],
  ['none', () => Buffer.alloc(0)],
  ['half of one', () => frame(0, message()).subarray(0, 20)],
])('gRPC-Web refuses a unary call with %s', async (_, body) => {
  const answer = await post('application/grpc-web', body());
  expect(String(framesIn(answer.body).get(0x80))).toMatch(/^grpc-status: 3\r\n/);
});

test('the answer to a wrong content type names the right one', async () => {
  const { status, headers, body } = await post('text/plain', '{}');
  expect([status, headers.get('accept-post')?.includes('application/json')]).toEqual([415, true]);
  expect(JSON.parse(String(body)).message).toContain('Send content-type: application/json');
});
