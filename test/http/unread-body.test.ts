import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '../support/domain/eventually';
import { type Running, startWithHttp } from './http-client';

const ORIGIN = 'https://app.example.com';
const VALIDATE = '/postern.auth.v1.AuthService/Validate';
const PREFLIGHT = `origin: ${ORIGIN}\r\naccess-control-request-method: POST`;
/** What a next request on the same connection would be. */
const NEXT = 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-request-id: the-next-one\r\n\r\n';

let service: Running;
beforeAll(async () => {
  service = await startWithHttp({ CORS_ORIGINS: ORIGIN, REQUEST_TIMEOUT_SECONDS: '5', LOG_SUMMARY_SECONDS: '0' });
});
afterAll(() => service.stop());

interface Conversation {
  readonly socket: Socket;
  readonly text: () => string;
  readonly isClosed: () => boolean;
}

async function open(): Promise<Conversation> {
  const socket = connect(Number(new URL(service.base).port), '127.0.0.1');
  let text = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  return { socket, text: () => text, isClosed: () => closed };
}

const head = (method: string, path: string, lines: string) =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\n${lines}\r\n\r\n`;

/** Every route, by the methods and states that end in an answer of their own. */
const ANSWERS: readonly (readonly [name: string, method: string, path: string, lines: string, status: number])[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map(
    (method) => [`/verify by ${method}`, method, '/verify', 'x-a: b', 401] as const,
  ),
  ['/verify with optional', 'GET', '/verify?optional', 'x-a: b', 204],
  ['/healthz', 'GET', '/healthz', 'x-a: b', 200],
  ['/healthz by HEAD', 'HEAD', '/healthz', 'x-a: b', 200],
  ['/healthz by POST', 'POST', '/healthz', 'x-a: b', 405],
  ['/readyz', 'GET', '/readyz', 'x-a: b', 200],
  ['/metrics', 'GET', '/metrics', 'x-a: b', 200],
  ['/openapi.json', 'GET', '/openapi.json', 'x-a: b', 200],
  ['the key set', 'GET', '/.well-known/jwks.json', 'x-a: b', 200],
  ['the discovery document', 'GET', '/.well-known/openid-configuration', 'x-a: b', 200],
  ['a path that is not there', 'GET', '/nothing', 'x-a: b', 404],
  ['a target that is none', 'GET', '//', 'x-a: b', 400],
  ['a preflight', 'OPTIONS', VALIDATE, PREFLIGHT, 204],
  ['a refused preflight', 'OPTIONS', VALIDATE, 'origin: https://other.example', 403],
  ['an RPC by PUT', 'PUT', VALIDATE, 'x-a: b', 405],
  ['an RPC of another type', 'POST', VALIDATE, 'content-type: text/plain', 415],
  ['an RPC that is not there', 'POST', '/postern.auth.v1.AuthService/Nothing', 'content-type: application/json', 501],
  ['an RPC with a wrong header', 'POST', VALIDATE, 'content-type: application/json\r\nconnect-timeout-ms: x', 400],
  [
    'an RPC whose deadline has passed',
    'POST',
    VALIDATE,
    'content-type: application/json\r\nconnect-timeout-ms: 0',
    504,
  ],
  ['an RPC over gRPC-Web', 'POST', VALIDATE, 'content-type: application/grpc-web\r\ngrpc-timeout: 0m', 200],
  ['an expectation', 'GET', '/healthz', 'expect: the-unexpected', 417],
];

/** Two ways to announce a body. */
const FRAMINGS = ['content-length: 77', 'transfer-encoding: chunked'];

test.each(
  FRAMINGS,
)('Every answer to a request with %s whose body never comes closes the connection', async (framing) => {
  const ends = ANSWERS.map(async ([name, method, path, lines]) => {
    const { socket, text, isClosed } = await open();
    socket.write(head(method, path, `${lines}\r\n${framing}`));
    await eventually(`${name} is answered`, () => text().includes('\r\n\r\n'), 5_000);
    socket.write(NEXT);
    await eventually(`${name} is closed`, isClosed, 5_000);
    // The next request is read neither as the missing body nor as a request of its own.
    const answers = text().match(/HTTP\/1.1 /g)?.length;
    return { name, status: Number(text().slice(9, 12)), answers, says: /^connection: close\r$/im.test(text()) };
  });
  expect(await Promise.all(ends)).toEqual(
    ANSWERS.map(([name, , , , status]) => ({ name, status, answers: 1, says: true })),
  );
});

test.each(
  ANSWERS,
)('A request whose body has come leaves no byte of it to the next one: %s', async (_, method, path, lines) => {
  const { socket, text, isClosed } = await open();
  const body = 'GET /smuggled HTTP/1.1\r\nhost: x\r\nx-request-id: smuggled\r\n\r\n';
  socket.write(`${head(method, path, `${lines}\r\ncontent-length: ${body.length}`)}${body}${NEXT}`);
  await eventually(
    'an answer comes, and the next or the end',
    () => isClosed() || text().includes('\r\n\r\nok\n'),
    5_000,
  );
  socket.destroy();
  const answers = text().match(/^HTTP\/1.1 \d+/gm) ?? [];
  expect(answers.length).toBeLessThanOrEqual(2);
  // Were the body read as a request, its answer would be the second.
  if (answers.length === 2 && path !== '/nothing') expect(answers[1]).toBe('HTTP/1.1 200');
});

test('A request after one whose body was not read is not carried out', async () => {
  const { tokens } = await service.signedIn('unread-ada');
  const { socket, isClosed } = await open();
  const logout = JSON.stringify({ refreshToken: tokens.refreshToken });
  const lines = `content-type: application/json\r\ncontent-length: ${logout.length}`;
  socket.write(head('GET', '/verify', 'content-length: 10'));
  socket.write(`0123456789${head('POST', '/postern.auth.v1.AuthService/Logout', lines)}${logout}`);
  await eventually('the connection is closed', isClosed, 5_000);
  const { status } = await service.rpc('AuthService/Validate', { accessToken: tokens.accessToken });
  expect(status).toBe(200);
});

test('Requests without a body, or with one that was read, keep their connection', async () => {
  const { socket, text } = await open();
  socket.write(head('GET', '/healthz', 'content-length: 0'));
  await eventually('it is answered', () => text().endsWith('ok\n'));
  socket.write(`${head('POST', VALIDATE, 'content-type: application/json\r\ncontent-length: 2')}{}`);
  await eventually('it is refused', () => text().includes('HTTP/1.1 401'));
  socket.write(NEXT);
  await eventually('the next is answered', () => text().match(/HTTP\/1.1 200/g)?.length === 2);
  expect(text()).not.toMatch(/^connection: close/im);
  socket.destroy();
});

test('An answer arrives although much more of the request follows it', async () => {
  const { socket, text, isClosed } = await open();
  socket.write(head('POST', '/healthz', `content-length: ${900 * 1024}`));
  for (let n = 0; n < 9; n += 1) socket.write(Buffer.alloc(100 * 1024, 'x'));
  await eventually('the connection is closed', isClosed, 5_000);
  expect(text()).toMatch(/^HTTP\/1.1 405 [\s\S]*send GET or HEAD\n$/);
});
