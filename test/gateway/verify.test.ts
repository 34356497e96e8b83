import { type Running, send, startWithHttp } from '../http/http-client';
import { ADMIN } from '../support/processes/start-app';
import { makeApiKey } from './make-api-key';

let service: Running;
let token: string;

beforeAll(async () => {
  service = await startWithHttp({ TRUSTED_PROXIES: '127.0.0.1' });
  token = (await service.login(ADMIN.username, ADMIN.password)).tokens.accessToken;
});
afterAll(() => service.stop());

test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('/verify answers %s alike', async (method) => {
  const bearer = { authorization: `Bearer ${token}` };
  const allowed = await send(service.base, method, '/verify?roles=admin', bearer);
  const denied = await send(service.base, method, '/verify?roles=moderator', bearer);
  const nobody = await send(service.base, method, '/verify');
  expect([allowed.status, denied.status, nobody.status]).toEqual([204, 403, 401]);
  expect(allowed.headers).toMatchObject({
    'x-auth-username': 'root',
    'x-auth-roles': 'admin',
    'cache-control': 'no-store',
  });
  expect(nobody.headers['www-authenticate']).toBe('Bearer');
});

test('/verify refuses a request with two authorization headers', async () => {
  const { status } = await send(service.base, 'GET', '/verify', { authorization: [`Bearer ${token}`, 'Bearer other'] });
  expect(status).toBe(401);
});

describe('an API key as x-api-key', () => {
  const verify = (headers: Record<string, string | string[]>, query = '') =>
    send(service.base, 'GET', `/verify${query}`, headers);

  test('is taken cold and warm, until it is revoked, and is in no log line', async () => {
    const { apiKey, key } = await makeApiKey(service, token);
    for (let i = 0; i < 2; i += 1) {
      const { status, headers } = await verify({ 'x-api-key': apiKey }, '?roles=service');
      expect([status, headers['x-auth-session-id'], headers['x-auth-roles']]).toEqual([204, key.id, 'service']);
    }
    expect((await verify({ 'x-api-key': apiKey }, '?roles=admin')).status).toBe(403);
    await service.rpc('AdminService/RevokeApiKey', { keyId: key.id }, { authorization: `Bearer ${token}` });
    const revoked = await verify({ 'x-api-key': apiKey });
    expect([revoked.status, JSON.parse(revoked.body).reason]).toEqual([401, 'TOKEN_REVOKED']);
    expect(service.text()).not.toContain(apiKey.slice(28, 71));
  });

  test('is refused when it comes twice, beside another credential, or is an access token', async () => {
    const { apiKey } = await makeApiKey(service, token);
    const refused: Record<string, string | string[]>[] = [
      { 'x-api-key': [apiKey, apiKey] },
      { 'x-api-key': apiKey, authorization: `Bearer ${token}` },
      { 'x-api-key': token },
      { 'x-api-key': '' },
    ];
    for (const headers of refused) {
      const { status, body } = await verify(headers);
      expect([Object.keys(headers), status, JSON.parse(body).reason]).toEqual([
        Object.keys(headers),
        401,
        'INVALID_TOKEN',
      ]);
    }
  });

  test('is taken from its networks only, by what a trusted proxy says', async () => {
    const { apiKey } = await makeApiKey(service, token, ['198.51.100.0/24']);
    const from = async (ip: string) => (await verify({ 'x-api-key': apiKey, 'x-forwarded-for': ip })).status;
    expect([
      await from('198.51.100.7'),
      await from('192.0.2.7'),
      (await verify({ 'x-api-key': apiKey })).status,
    ]).toEqual([204, 401, 401]);
  });
});

test('/verify refuses with a small JSON body', async () => {
  const { body, headers } = await send(service.base, 'GET', '/verify', { authorization: 'Bearer rubbish' });
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(body)).toEqual({
    code: 'unauthenticated',
    message: 'Could not validate credentials',
    reason: 'INVALID_TOKEN',
  });
});

test('/verify logs what a trusted gateway says it was asked for, without the query', async () => {
  await send(service.base, 'GET', '/verify', {
    'x-request-id': 'verify-line-1',
    'x-forwarded-for': '198.51.100.7',
    'x-forwarded-method': 'DELETE',
    'x-forwarded-host': 'shop.example.com',
    'x-forwarded-uri': '/orders/7?token=secret',
  });
  expect(service.lines().find(({ request_id }) => request_id === 'verify-line-1')).toMatchObject({
    method: '/verify',
    status: 'unauthenticated',
    peer: '198.51.100.7',
    forwarded: 'DELETE shop.example.com/orders/7',
  });
});

test('/verify ignores X-Forwarded headers of callers that are not trusted proxies [B6]', async () => {
  const other = await startWithHttp();
  try {
    const forwarded = { 'x-forwarded-for': '198.51.100.7', 'x-forwarded-uri': '/spoofed' };
    await send(other.base, 'GET', '/verify', { 'x-request-id': 'verify-line-2', ...forwarded });
    const line = other.lines().find(({ request_id }) => request_id === 'verify-line-2');
    expect([line?.peer, line?.forwarded]).toEqual(['127.0.0.1', undefined]);
  } finally {
    await other.stop();
  }
});
