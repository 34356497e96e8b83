import { send } from '../http/http-client';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import type { ExportedSpan } from '../support/otlp/exported-span';
import { type OtlpReceiver, otlpReceiver } from '../support/otlp/receiver';
import { type Service, startService, workingDirectory } from '../support/processes/service-process';

const AUTH = 'postern.auth.v1.AuthService';
const ADA = { email: 'lovelace@example.com', username: 'lovelace', password: 'canary1 horse battery staple' };
const SECRETS = {
  SECRET_KEY: 'canary2-Gq7ZpT3nWv9XsK2mYb5LcR8dHf',
  OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=canary3%2C7',
};
const PARENT = 'b7ad6b7169203331';

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let receiver: OtlpReceiver;
let service: Service;
let client: ReflectionClient;
let tokens: { accessToken: string; refreshToken: string };
let traces = 0;

beforeAll(async () => {
  directory = await workingDirectory();
  receiver = await otlpReceiver();
  const env = { ...SECRETS, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, EXT_AUTHZ: 'on', LOG_SUMMARY_SECONDS: '0' };
  service = await startService(directory.path, env);
  client = reflectionClient(service.grpcAddress);
  await client.call(`${AUTH}/Register`, ADA);
  ({ tokens } = (await client.call(`${AUTH}/Login`, credentials())) as { tokens: typeof tokens });
}, 90_000);
afterAll(async () => {
  client.close();
  await service.stop();
  await receiver.close();
  await directory.remove();
});

function credentials(password = ADA.password) {
  return { username: ADA.username, password };
}

/** Headers of a caller whose trace is a new one, and the span of Postern in it. */
function caller() {
  traces += 1;
  const traceId = traces.toString(16).padStart(32, 'a');
  const headers = { traceparent: `00-${traceId}-${PARENT}-01`, tracestate: 'vendor=1' };
  return { headers, span: (name: string) => receiver.span(name, (span) => span.traceId === traceId) };
}

function listChildren({ traceId, spanId }: ExportedSpan): ExportedSpan[] {
  return receiver.spans().filter((span) => span.traceId === traceId && span.parentSpanId === spanId);
}

function findLogLine({ spanId }: ExportedSpan): Record<string, unknown> {
  const line = service
    .printed()
    .split('\n')
    .find((text) => text.includes(`"span_id":"${spanId}"`));
  return JSON.parse(line ?? '{}');
}

const refused = (method: string, request: object, headers: Record<string, string>) =>
  expect(client.call(method, request as Record<string, unknown>, headers)).rejects.toThrow();

test('continues the trace of traceparent and tracestate', async () => {
  const { headers, span } = caller();
  await client.call(`${AUTH}/Validate`, tokens, { ...headers, 'x-request-id': 'request-7' });
  const validate = await span(`${AUTH}/Validate`);
  expect(validate).toMatchObject({ parentSpanId: PARENT, traceState: 'vendor=1', kind: 'SERVER', failed: false });
  expect(validate.attributes).toEqual({
    'rpc.system.name': 'grpc',
    'rpc.method': `${AUTH}/Validate`,
    'rpc.status_code': 'OK',
    'client.address': '127.0.0.1',
    'postern.request_id': 'request-7',
  });
  expect(validate.resource).toMatchObject({ 'service.name': 'postern', 'service.version': '0.1.0' });
  expect(findLogLine(validate)).toMatchObject({ trace_id: validate.traceId, request_id: 'request-7' });
  expect(listChildren(validate)).toEqual([]);
});

test.each([
  'rubbish',
  `00-${'0'.repeat(32)}-${PARENT}-01`,
  `ff-${'c'.repeat(32)}-${PARENT}-01`,
])('begins a trace of its own where traceparent is %s', async (traceparent) => {
  const requestId = `own-${traceparent.slice(0, 4)}`;
  await client.call(`${AUTH}/Validate`, tokens, { traceparent, 'x-request-id': requestId });
  const span = await receiver.span(`${AUTH}/Validate`, (one) => one.attributes['postern.request_id'] === requestId);
  expect(span.parentSpanId).toBe('');
  expect(traceparent).not.toContain(span.traceId);
  expect(findLogLine(span)).toMatchObject({ trace_id: span.traceId });
});

test('a Login shows what it waited for: the queue, the hash and each operation of the store', async () => {
  const { headers, span } = caller();
  await client.call(`${AUTH}/Login`, credentials(), headers);
  const login = await span(`${AUTH}/Login`);
  const children = listChildren(login);
  const names = children.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'users.findByUsername',
      'loginFailures.reserve',
      'password hash wait',
      'password hash',
      'loginFailures.succeed',
      'sessions.insert',
    ]),
  );
  for (const { startedAt, endedAt } of children) {
    // Starts are whole milliseconds, OpenTelemetry's own.
    expect(startedAt).toBeGreaterThanOrEqual(login.startedAt);
    expect(endedAt).toBeLessThanOrEqual(login.endedAt + 1);
  }
  const insert = children.find(({ name }) => name === 'sessions.insert');
  expect(insert?.attributes).toEqual({ 'db.system.name': 'lmdb', 'db.operation.name': 'sessions.insert' });
  const [wait, hash] = ['password hash wait', 'password hash'].map((name) => children.find((one) => one.name === name));
  expect(hash?.startedAt).toBeGreaterThanOrEqual(wait?.startedAt ?? Number.NaN);
});

test('a Refresh shows the rotation', async () => {
  const { headers, span } = caller();
  const login = (await client.call(`${AUTH}/Login`, credentials())) as { tokens: typeof tokens };
  await client.call(`${AUTH}/Refresh`, { refreshToken: login.tokens.refreshToken }, headers);
  const children = listChildren(await span(`${AUTH}/Refresh`));
  expect(children.map(({ name }) => name)).toContain('sessions.rotate');
});

test('a refusal is no failure of the service; its span has the reason', async () => {
  const { headers, span } = caller();
  await refused(`${AUTH}/Login`, credentials('canary4 wrong password'), headers);
  const login = await span(`${AUTH}/Login`);
  expect(login.failed).toBe(false);
  expect(login.attributes).toMatchObject({
    'rpc.status_code': 'UNAUTHENTICATED',
    'postern.reason': 'BAD_CREDENTIALS',
  });
  expect(login.attributes).not.toHaveProperty('error.type');
});

test('JSON over HTTP is traced alike', async () => {
  const { headers, span } = caller();
  const json = { ...headers, 'content-type': 'application/json' };
  await send(`http://${service.httpAddress}`, 'POST', `/${AUTH}/Validate`, json, JSON.stringify(tokens));
  const { parentSpanId, attributes } = await span(`${AUTH}/Validate`);
  expect(parentSpanId).toBe(PARENT);
  expect(attributes).toMatchObject({ 'rpc.system.name': 'connectrpc', 'rpc.status_code': 'OK' });
});

test('what gateways ask is traced, with the reason of a refusal', async () => {
  const { headers, span } = caller();
  await send(`http://${service.httpAddress}`, 'GET', '/verify', { ...headers, authorization: 'Bearer canary5' });
  const verify = await span('GET /verify');
  expect(verify).toMatchObject({ parentSpanId: PARENT, kind: 'SERVER', failed: false });
  expect(verify.attributes).toMatchObject({
    'http.request.method': 'GET',
    'http.route': '/verify',
    'http.response.status_code': 401,
    'postern.outcome': 'unauthenticated',
    'postern.reason': 'INVALID_TOKEN',
  });
  expect(findLogLine(verify)).toMatchObject({ method: '/verify', trace_id: verify.traceId });

  const check = 'envoy.service.auth.v3.Authorization/Check';
  const http = { headerMap: { headers: [{ key: 'authorization', value: 'Bearer canary5' }] } };
  await client.call(check, { attributes: { request: { http } } }, headers);
  const { failed, attributes } = await span(check);
  expect(failed).toBe(false);
  expect(attributes).toMatchObject({ 'rpc.status_code': 'OK', 'postern.reason': 'INVALID_TOKEN' });
});

test('health and reflection are not traced', async () => {
  await client.services();
  const { headers, span } = caller();
  await client.call(`${AUTH}/Validate`, tokens, headers);
  await span(`${AUTH}/Validate`);
  const served = receiver.spans().filter(({ kind }) => kind === 'SERVER');
  expect(served.filter(({ name }) => /reflection|health/i.test(name))).toEqual([]);
});

test('No password, token, email or key is exported, and the headers of the receiver are not logged [F2]', () => {
  expect(receiver.requests[0]?.headers['x-api-key']).toBe('canary3,7');
  const exported = receiver.requests.map(({ body }) => body.toString('latin1')).join('');
  const signatures = [tokens.accessToken, tokens.refreshToken].map((token) => token.slice(-43));
  expect(exported).toContain('loginFailures.reserve');
  for (const canary of ['canary', 'lovelace', 'example.com', ...signatures]) expect(exported).not.toContain(canary);
  expect(service.printed()).not.toContain('canary3');
});
