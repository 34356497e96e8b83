import { createPublicKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { ADMIN } from '../support/processes/start-app';
import { type Running, send, startWithHttp } from './http-client';

const JWKS = '/.well-known/jwks.json';
const CONFIGURATION = '/.well-known/openid-configuration';

describe.each(['ES256', 'RS256'] as const)('the published keys under %s', (algorithm) => {
  let running: Running;
  beforeAll(async () => {
    running = await startWithHttp({ JWT_ALGORITHM: algorithm, JWT_ISSUER: 'https://auth.example.com/' });
  });
  afterAll(() => running.stop());

  const published = async () => JSON.parse((await send(running.base, 'GET', JWKS)).body).keys as { kid: string }[];

  test('verify a token with a plain library, found by the way of the configuration', async () => {
    const { tokens, user } = await running.signedIn('ada');
    const configuration = JSON.parse((await send(running.base, 'GET', CONFIGURATION)).body);
    expect(configuration).toMatchObject({
      issuer: 'https://auth.example.com/',
      jwks_uri: `https://auth.example.com${JWKS}`,
      id_token_signing_alg_values_supported: [algorithm],
    });
    const kid = jwt.decode(tokens.accessToken, { complete: true })?.header.kid;
    const jwk = (await published()).find((key) => key.kid === kid);
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const claims = jwt.verify(tokens.accessToken, key, {
      algorithms: [algorithm],
      issuer: configuration.issuer,
      audience: 'postern',
    });
    expect(claims).toMatchObject({ sub: user.id, sid: tokens.sessionId });
  });

  test('hold no private member, and nothing else of the service', async () => {
    const members = (await published()).map((key) => Object.keys(key).sort());
    const open =
      algorithm === 'ES256' ? ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'] : ['alg', 'e', 'kid', 'kty', 'n', 'use'];
    expect(members).toEqual([open]);
  });

  test('are cached for far less than the minute before a new key signs, and not sent again unchanged', async () => {
    const first = await send(running.base, 'GET', JWKS);
    expect(first.headers).toMatchObject({
      'cache-control': 'public, max-age=15',
      'content-type': 'application/jwk-set+json',
    });
    const etag = String(first.headers.etag);
    for (const known of [etag, `"other", W/${etag}`, '*']) {
      const again = await send(running.base, 'GET', JWKS, { 'if-none-match': known });
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag]);
    }
    expect((await send(running.base, 'GET', JWKS, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('show a new key as soon as it is made, and earlier tokens stay valid [C9]', async () => {
    const before = await published();
    const { tokens } = await running.login(ADMIN.username, ADMIN.password);
    const authorization = { authorization: `Bearer ${tokens.accessToken}` };
    const etag = String((await send(running.base, 'GET', JWKS)).headers.etag);
    const { json } = await running.rpc('AdminService/RotateSigningKey', {}, authorization);
    expect((await published()).map(({ kid }) => kid)).toEqual([...before.map(({ kid }) => kid), json.keyId]);
    expect((await send(running.base, 'GET', JWKS, { 'if-none-match': etag })).status).toBe(200);
    expect((await running.rpc('AuthService/Validate', {}, authorization)).status).toBe(200);
    // The next key is not used before every reader had time to see it.
    const after = await running.login(ADMIN.username, ADMIN.password);
    const { kid } = jwt.decode(after.tokens.accessToken, { complete: true })?.header ?? {};
    expect(before.map((key) => key.kid)).toContain(kid);
  });
});

describe('the key set under HS256', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startWithHttp({ TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => running.stop());

  test('publishes nothing', async () => {
    const { status, body } = await send(running.base, 'GET', JWKS);
    expect([status, body]).toEqual([200, '{"keys":[]}']);
  });

  const configured = async (headers: Record<string, string>) => {
    const answer = await send(running.base, 'GET', CONFIGURATION, headers);
    return { ...answer, uri: answer.status === 200 ? JSON.parse(answer.body).jwks_uri : undefined };
  };

  test('is named as the request went, with an issuer that is no URL, for that caller alone', async () => {
    const { uri, headers, body } = await configured({});
    expect(uri).toBe(`${running.base}${JWKS}`);
    expect(headers['cache-control']).toBe('private, max-age=15');
    expect(JSON.parse(body)).toMatchObject({
      issuer: 'postern',
      response_types_supported: [],
      grant_types_supported: [],
    });
  });

  test('is described at the address of RFC 8414 too, word for word', async () => {
    const byOpenId = await send(running.base, 'GET', CONFIGURATION);
    const byOAuth = await send(running.base, 'GET', '/.well-known/oauth-authorization-server');
    expect([byOAuth.status, byOAuth.body]).toEqual([200, byOpenId.body]);
    expect((await send(running.base, 'GET', '/.well-known/oauth-authorization-server/tenant')).status).toBe(404);
  });

  test('is named as a trusted proxy says the request went', async () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'auth.example.com' };
    expect((await configured(forwarded)).uri).toBe(`https://auth.example.com${JWKS}`);
  });

  test.each([
    'evil.example/path',
    'a b',
    'user@evil.example',
    '"><script>',
    '',
  ])('refuses a host like %j', async (host) => {
    expect((await configured({ 'x-forwarded-host': host, host })).status).toBe(400);
  });

  test.each([JWKS, CONFIGURATION])('answers HEAD for %s without a body, and refuses POST', async (path) => {
    const head = await send(running.base, 'HEAD', path);
    expect([head.status, head.body]).toEqual([200, '']);
    const post = await send(running.base, 'POST', path);
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('without trusted proxies', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startWithHttp();
  });
  afterAll(() => running.stop());

  test('do not let a caller choose where the keys are [B6]', async () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
    const { body } = await send(running.base, 'GET', CONFIGURATION, forwarded);
    expect(JSON.parse(body).jwks_uri).toBe(`${running.base}${JWKS}`);
  });
});
