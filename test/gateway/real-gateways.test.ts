import { type Running, send, startWithHttp } from '../http/http-client';
import { ADMIN } from '../support/start-app';
import { freePort, GATEWAYS, type RunningGateway, startApplication } from './running-gateway';

const SPOOFED = {
  'X-Auth-User-Id': 'spoofed',
  'x-auth-username': 'spoofed',
  'x-auth-roles': 'admin',
  'x-auth-session-id': 'spoofed',
};

describe.each(GATEWAYS)('behind $name', (kind) => {
  let service: Running;
  let application: Awaited<ReturnType<typeof startApplication>>;
  let gateway: RunningGateway;
  let edge: string;
  const ask = async (path: string, token?: string, headers: Record<string, string> = {}) => {
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status, headers: answered, body } = await send(edge, 'GET', path, { ...headers, ...authorization });
    const reached: Record<string, string> = status === 200 ? JSON.parse(body) : {};
    const identity = Object.entries(reached).filter(([name]) => /^x[-_]auth[-_]/.test(name));
    return { status, challenge: answered['www-authenticate'], identity: Object.fromEntries(identity) };
  };

  beforeAll(async () => {
    service = await startWithHttp({ EXT_AUTHZ: 'on', TRUSTED_PROXIES: '127.0.0.1' });
    application = await startApplication();
    const port = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
    const ports = {
      edge: await freePort(),
      application: application.port,
      grpc: port(service.grpcAddress),
      http: port(service.base),
    };
    edge = `http://127.0.0.1:${ports.edge}`;
    gateway = await kind.start(ports);
  }, 120_000);
  afterAll(async () => {
    await gateway?.stop();
    await application?.stop();
    await service?.stop();
  });

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

  test('nobody gets in without a valid token', async () => {
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

  test('C11: an ended session is refused at once', async () => {
    const { tokens } = await service.signedIn('grace');
    expect((await ask('/', tokens.accessToken)).status).toBe(200);
    await service.rpc('AuthService/Logout', { refreshToken: tokens.refreshToken });
    expect((await ask('/', tokens.accessToken)).status).toBe(401);
  });

  test('nobody gets in without Postern', async () => {
    const { tokens } = await service.signedIn('late');
    await service.stop();
    expect((await ask('/', tokens.accessToken)).status).toBe(kind.withoutPostern);
    expect((await ask('/public/page')).status).toBe(kind.withoutPostern);
  });
});
