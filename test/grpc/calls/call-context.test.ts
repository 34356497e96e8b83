import type { Call } from '../../../src/auth/call';
import { AuthError } from '../../../src/auth/errors';
import { ValidateRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import type { HandledCall } from '../../../src/transport/methods/method';
import { callRaw, NO_LIMITS, SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const VALIDATE = ValidateRequest.encode({ accessToken: '', allowAnonymous: false, fresh: false }).finish();

let stub: StubServer;
let seen: Partial<Call>;
afterEach(() => stub.stop());

async function start(trustedProxies: string[] = []): Promise<void> {
  const validate = (_request: unknown, call: HandledCall) => {
    const { requestId, ipAddress, source, userAgent, bearer } = call;
    seen = { requestId, ipAddress, source, userAgent, bearer };
    call.userId = 'user-1';
    return { principal: undefined };
  };
  stub = await startStub({ auth: { validate }, limits: { ...NO_LIMITS, trustedProxies } });
}

async function call(metadata: Record<string, string> = {}) {
  return callRaw(stub.client, `${SERVICE}/Validate`, VALIDATE, { metadata });
}

test('the request id of the caller is kept, logged and returned', async () => {
  await start();
  const answer = await call({ 'x-request-id': 'req-1/2:3' });
  expect(seen.requestId).toBe('req-1/2:3');
  expect(answer.headers?.get('x-request-id')).toEqual(['req-1/2:3']);
  expect(stub.lines).toMatchObject([{ request_id: 'req-1/2:3', user_id: 'user-1', peer: '127.0.0.1' }]);
});

test.each([
  ['none', undefined],
  ['one that is too long', 'x'.repeat(129)],
  ['one with a space', 'a b'],
])('A call with %s gets a request id of its own, which the answer carries [F3]', async (_what, given) => {
  await start();
  const first = await call(given === undefined ? {} : { 'x-request-id': given });
  const second = await call();
  const [made] = first.headers?.get('x-request-id') ?? [];
  expect(made).toMatch(/^[0-9a-f]{16}-[0-9a-z]+$/);
  expect(second.headers?.get('x-request-id')).not.toEqual([made]);
});

test.each([
  'Bearer abc.def',
  'bearer abc.def',
  'BEARER   abc.def',
])('reads the bearer of "%s"', async (authorization) => {
  await start();
  await call({ authorization });
  expect(seen.bearer).toBe('abc.def');
});

test.each(['Basic abc', 'abc.def', 'Bearerabc', ''])('A call has no bearer in "%s"', async (authorization) => {
  await start();
  await call({ authorization });
  expect(seen.bearer).toBe('');
});

test('x-forwarded-for is believed from a trusted proxy and from no other caller [B6]', async () => {
  await start(['127.0.0.0/8']);
  await call({ 'x-forwarded-for': '198.51.100.7' });
  expect(seen).toMatchObject({ ipAddress: '198.51.100.7', source: '198.51.100.7' });
  await stub.stop();
  await start();
  await call({ 'x-forwarded-for': '198.51.100.7' });
  expect(seen.ipAddress).toBe('127.0.0.1');
});

test('The user agent in the log is printable and short [F3]', async () => {
  await start();
  await call({ 'user-agent': 'x'.repeat(1_000) });
  expect(seen.userAgent?.length).toBeLessThanOrEqual(256);
  expect(seen.userAgent).toMatch(/^[ -~]+$/);
});

test('the trace id of a valid traceparent is logged, that of a wrong one is not', async () => {
  await start();
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  await call({ traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  await call({ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` });
  await call({ traceparent: `${trace}\u001b[31m`.replace('\u001b', ' ') });
  expect(stub.lines.map((line) => line.trace_id)).toEqual([trace, undefined, undefined]);
});

test('Neither the bearer nor a password appears in the log [F2]', async () => {
  await start();
  await call({ authorization: 'Bearer canary-token', 'x-password': 'canary-password' });
  expect(stub.text()).not.toContain('canary');
});

test('The log line of a refused call names the user it was about, and the answer does not', async () => {
  const refuse = () => {
    throw new AuthError('TOKEN_REVOKED', { userId: 'user-9' });
  };
  stub = await startStub({ auth: { validate: refuse } });
  const { error, trailers } = await call();
  expect(stub.lines).toMatchObject([{ reason: 'TOKEN_REVOKED', user_id: 'user-9' }]);
  expect(JSON.stringify([error, trailers?.toJSON()])).not.toContain('user-9');
});
