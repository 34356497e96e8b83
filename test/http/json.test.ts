import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { ErrorInfo } from '../../src/gen/google/rpc/error_details';
import { ADMIN } from '../support/processes/start-app';
import { type Running, send, startWithHttp } from './http-client';

let service: Running;
const JSON_TYPE = { 'content-type': 'application/json' };
const VALIDATE = '/postern.auth.v1.AuthService/Validate';

beforeAll(async () => {
  service = await startWithHttp({ CORS_ORIGINS: 'https://app.example.com', LOG_LEVEL: 'info' });
});
afterAll(() => service.stop());

test('The HTTP port serves the handlers as JSON, names in camelCase and times in RFC 3339', async () => {
  const { tokens, user } = await service.signedIn('json-ada');
  const { status, json, headers } = await service.rpc('AuthService/Validate', { accessToken: tokens.accessToken });
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('application/json');
  expect(json.principal).toMatchObject({
    userId: user.id,
    username: 'json-ada',
    roles: ['user'],
    anonymous: false,
    expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
  });
});

test('A JSON request may have the names of the proto file too, and the bearer of the caller', async () => {
  const { tokens } = await service.signedIn('json-snake');
  const snake = await service.rpc('AuthService/Validate', { access_token: tokens.accessToken });
  const bearer = await service.rpc('AuthService/GetCurrentUser', {}, { authorization: `bearer ${tokens.accessToken}` });
  expect([snake.status, bearer.status, bearer.json.user.username]).toEqual([200, 200, 'json-snake']);
});

test('The HTTP port serves AdminService to admins only', async () => {
  const { tokens } = await service.login(ADMIN.username, ADMIN.password);
  const asAdmin = await service.rpc('AdminService/ListUsers', {}, { authorization: `Bearer ${tokens.accessToken}` });
  const asNobody = await service.rpc('AdminService/ListUsers', {});
  expect([asAdmin.status, asNobody.status]).toEqual([200, 401]);
});

test('refuses as Connect writes it, with the details as protobuf and for people', async () => {
  const { status, json } = await service.rpc('AuthService/Validate', { accessToken: 'rubbish' });
  expect(status).toBe(401);
  expect(json).toMatchObject({ code: 'unauthenticated', message: 'Could not validate credentials' });
  const [info] = json.details;
  expect(info.type).toBe('google.rpc.ErrorInfo');
  expect(info.value).not.toContain('=');
  expect(ErrorInfo.decode(Buffer.from(info.value, 'base64'))).toMatchObject({ reason: 'INVALID_TOKEN' });
  expect(info.debug).toMatchObject({ reason: 'INVALID_TOKEN', domain: 'auth.postern' });
});

test.each([
  ['an object for a string', '{"username":{"$ne":null},"password":"x"}', 'username'],
  ['a string for a list', '{"roles":"admin"}', 'roles', '/postern.auth.v1.AuthService/CheckRole'],
  ['no JSON', '{"username":', ''],
  ['an array', '[]', ''],
  ['nothing', '', ''],
  ['a field twice', '{"username":"a","username":"b"}', ''],
  ['a lone surrogate', '{"username":"\\ud800"}', 'username'],
])('A JSON call with %s is refused with the name of the field, not its value [G1]', async (_, body, field, path = '/postern.auth.v1.AuthService/Login') => {
  const { status, body: text } = await send(service.base, 'POST', path, JSON_TYPE, body);
  const { code, details } = JSON.parse(text);
  expect([status, code]).toEqual([400, 'invalid_argument']);
  const [violation] = details.find(({ type }: { type: string }) => type === 'google.rpc.BadRequest').debug
    .fieldViolations;
  expect(violation.field ?? '').toBe(field);
  expect(text).not.toContain('$ne');
});

test('A JSON call ignores unknown fields [A13]', async () => {
  const { json } = await service.rpc('AuthService/Register', {
    email: 'extra@example.com',
    username: 'json-extra',
    password: 'plum-cabinet-orbit-91',
    roles: ['admin'],
    __proto__: { active: false },
  });
  expect(json.user).toMatchObject({ roles: ['user'], active: true });
});

test('A JSON call with a body over 128 KiB is refused, announced or not [E3]', async () => {
  const large = JSON.stringify({ accessToken: 'x'.repeat(128 * 1024) });
  const announced = await send(
    service.base,
    'POST',
    VALIDATE,
    { ...JSON_TYPE, 'content-length': String(large.length) },
    large,
  );
  const chunked = await send(service.base, 'POST', VALIDATE, { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, large);
  for (const { status, body } of [announced, chunked]) {
    expect([status, JSON.parse(body).code]).toEqual([429, 'resource_exhausted']);
  }
});

test('A JSON call with headers over 8 KiB is refused [E5]', async () => {
  const { status, body } = await send(
    service.base,
    'POST',
    VALIDATE,
    { ...JSON_TYPE, 'x-large': 'x'.repeat(9_000) },
    '{}',
  );
  expect([status, JSON.parse(body).code]).toEqual([429, 'resource_exhausted']);
});

test.each<[string, string, string, Record<string, string>, number]>([
  ['a type that is no message', 'POST', VALIDATE, { 'content-type': 'text/plain' }, 415],
  ['a type of gRPC over HTTP/2', 'POST', VALIDATE, { 'content-type': 'application/grpc' }, 415],
  ['a type of Connect streams', 'POST', VALIDATE, { 'content-type': 'application/connect+json' }, 415],
  ['another character set', 'POST', VALIDATE, { 'content-type': 'application/json; charset=latin1' }, 415],
  ['another method than POST', 'PUT', VALIDATE, JSON_TYPE, 405],
  ['a compression that it does not know', 'POST', VALIDATE, { ...JSON_TYPE, 'content-encoding': 'br' }, 501],
  ['a body that is not compressed as it says', 'POST', VALIDATE, { ...JSON_TYPE, 'content-encoding': 'gzip' }, 400],
  ['an RPC that does not exist', 'POST', '/postern.auth.v1.AuthService/Nothing', JSON_TYPE, 501],
  ['another version of Connect', 'POST', VALIDATE, { ...JSON_TYPE, 'connect-protocol-version': '2' }, 400],
  ['a timeout that is no number', 'POST', VALIDATE, { ...JSON_TYPE, 'connect-timeout-ms': '1s' }, 400],
])('refuses %s', async (_, method, path, headers, status) => {
  expect((await send(service.base, method, path, headers, '{}')).status).toBe(status);
});

test('A JSON call keeps the deadline of Connect-Timeout-Ms [E7]', async () => {
  const { status, json } = await service.rpc(
    'AuthService/Login',
    { username: 'json-nobody', password: 'whatever it is' },
    { 'connect-timeout-ms': '0', 'connect-protocol-version': '1' },
  );
  expect([status, json.code]).toEqual([504, 'deadline_exceeded']);
});

test('A JSON call writes one log line, with the request id that the answer carries [F1]', async () => {
  const { headers } = await service.rpc('AuthService/Validate', {}, { 'x-request-id': 'json-line-1' });
  expect(headers['x-request-id']).toBe('json-line-1');
  const lines = service.lines().filter(({ request_id }) => request_id === 'json-line-1');
  expect(lines).toEqual([
    expect.objectContaining({
      method: VALIDATE,
      status: 'UNAUTHENTICATED',
      reason: 'INVALID_TOKEN',
      peer: '127.0.0.1',
    }),
  ]);
});

test('The metrics count the calls of both transports together', async () => {
  await service.rpc('AuthService/Validate', { accessToken: 'rubbish' });
  const { body } = await send(service.base, 'GET', '/metrics');
  expect(body).toMatch(
    /postern_call_duration_seconds_count\{method="\/postern.auth.v1.AuthService\/Validate",status="UNAUTHENTICATED"\} \d/,
  );
});

test('The HTTP port answers a target that is no URL with 400', async () => {
  const socket = connect(Number(new URL(service.base).port), '127.0.0.1');
  socket.end('GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1.1 400 /);
});

test('/openapi.json describes every RPC of the proto files', async () => {
  const { body, status } = await send(service.base, 'GET', '/openapi.json');
  expect(status).toBe(200);
  const { paths, components } = JSON.parse(body);
  const rpcs = ['auth_service', 'admin_service'].flatMap((file) => {
    const proto = readFileSync(`proto/postern/auth/v1/${file}.proto`, 'utf8');
    const service = /^service (\w+)/m.exec(proto)?.[1];
    return [...proto.matchAll(/^ {2}rpc (\w+)/gm)].map(([, rpc]) => `/postern.auth.v1.${service}/${rpc}`);
  });
  expect(rpcs.length).toBeGreaterThan(17);
  expect(Object.keys(paths).sort()).toEqual(rpcs.sort());
  const references = [...body.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name);
  expect(references.filter((name) => !(name in components.schemas))).toEqual([]);
});
