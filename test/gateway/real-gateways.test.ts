import type { Running } from '../http/http-client';
import { ADMIN } from '../support/processes/start-app';
import { type BehindGateway, startBehind } from './behind-gateway';
import { makeApiKey } from './make-api-key';
import { GATEWAYS } from './running-gateway';

const SPOOFED = {
  'X-Auth-User-Id': 'spoofed',
  'x-auth-username': 'spoofed',
  'x-auth-roles': 'admin',
  'x-auth-session-id': 'spoofed',
};

describe.each(GATEWAYS)('behind $name', (kind) => {
  let behind: BehindGateway;
  let service: Running;
  const ask: BehindGateway['ask'] = (...args) => behind.ask(...args);

  beforeAll(async () => {
    behind = await startBehind(kind);
    service = behind.service;
  }, 120_000);
  afterAll(() => behind?.stop());

  test('the application learns who calls, whatever the client says', async () => {
    const { tokens, user } = await service.signedIn('ada');
    expect(await ask('/', tokens.accessToken, SPOOFED)).toMatchObject({
      status: 200,
      identity: {
        'x-auth-user-id': user.id,
        'x-auth-username': 'ada',
        'x-auth-roles': 'user',
        'x-auth-session-id': tokens.sessionId,
      },
    });
  });

  test('no request gets in without a valid token', async () => {
    expect(await ask('/', undefined, SPOOFED)).toMatchObject({ status: 401, challenge: 'Bearer' });
    expect(await ask('/', 'rubbish', SPOOFED)).toMatchObject({
      status: 401,
      challenge: 'Bearer error="invalid_token"',
    });
  });

  test('anonymous callers pass where the route lets them, with nothing that they say of themselves', async () => {
    for (const token of [undefined, 'rubbish']) {
      const { status, identity } = await ask('/public/page', token, SPOOFED);
      expect([status, identity]).toEqual([200, {}]);
    }
    const { tokens, user } = await service.signedIn('optional');
    expect((await ask('/public/page', tokens.accessToken, SPOOFED)).identity['x-auth-user-id']).toBe(user.id);
  });

  test('identity headers with underscores do not reach the application', async () => {
    const { status, identity } = await ask('/public/page', undefined, { x_auth_user_id: 'spoofed' });
    expect([[200, 400].includes(status), identity]).toEqual([true, {}]);
  });

  test('a role is demanded where the route says so', async () => {
    const user = await service.signedIn('mallory');
    const admin = await service.login(ADMIN.username, ADMIN.password);
    for (const path of ['/admin', '/admin/users']) {
      expect((await ask(path, user.tokens.accessToken, SPOOFED)).status).toBe(403);
      expect((await ask(path, admin.tokens.accessToken)).status).toBe(200);
    }
  });

  test('a name that is not ASCII arrives percent-encoded', async () => {
    const { tokens } = await service.signedIn('zoë');
    expect((await ask('/', tokens.accessToken)).identity['x-auth-username']).toBe('zo%C3%AB');
  });

  test('refuses an ended session at once [C11]', async () => {
    const { tokens } = await service.signedIn('grace');
    expect((await ask('/', tokens.accessToken)).status).toBe(200);
    await service.rpc('AuthService/Logout', { refreshToken: tokens.refreshToken });
    expect((await ask('/', tokens.accessToken)).status).toBe(401);
  });

  test('an API key is taken from x-api-key, and never reaches the application [C14]', async () => {
    const { tokens } = await service.login(ADMIN.username, ADMIN.password);
    const { apiKey, key } = await makeApiKey(service, tokens.accessToken);
    const elsewhere = await makeApiKey(service, tokens.accessToken, ['198.51.100.0/24']);
    for (const path of ['/', '/public/page']) {
      const { status, identity, reached } = await ask(path, undefined, { ...SPOOFED, 'X-Api-Key': apiKey });
      expect([status, identity['x-auth-user-id'], identity['x-auth-roles']]).toEqual([200, key.userId, 'service']);
      expect(reached).toHaveProperty('host');
      expect(JSON.stringify(reached)).not.toContain(apiKey.slice(28));
      expect(reached).not.toHaveProperty('x-api-key');
    }
    const refused = async (path: string, headers: Record<string, string>, token?: string) =>
      (await ask(path, token, headers)).status;
    expect(await refused('/admin', { 'x-api-key': apiKey })).toBe(403);
    expect(await refused('/', { 'x-api-key': `${apiKey.slice(0, -1)}!` })).toBe(401);
    expect(await refused('/', { 'x-api-key': tokens.accessToken })).toBe(401);
    expect(await refused('/', { 'x-api-key': apiKey }, tokens.accessToken)).toBe(401);
    // The gateway says where the client is, not the client.
    expect(await refused('/', { 'x-api-key': elsewhere.apiKey, 'x-forwarded-for': '198.51.100.7' })).toBe(401);
    // A key that is not let in reaches no application either, not even where anonymous callers may come.
    const anonymous = await ask('/public/page', undefined, { 'x-api-key': elsewhere.apiKey });
    expect([anonymous.status, anonymous.identity]).toEqual([200, {}]);
    expect(anonymous.reached).not.toHaveProperty('x-api-key');
    await service.rpc(
      'AdminService/RevokeApiKey',
      { keyId: key.id },
      { authorization: `Bearer ${tokens.accessToken}` },
    );
    expect(await refused('/', { 'x-api-key': apiKey })).toBe(401);
  });

  test('no request gets in without Postern', async () => {
    const { tokens } = await service.signedIn('late');
    await service.stop();
    expect((await ask('/', tokens.accessToken)).status).toBe(kind.withoutPostern);
    expect((await ask('/public/page')).status).toBe(kind.withoutPostern);
  });
});
