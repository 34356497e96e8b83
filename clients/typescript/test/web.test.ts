import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { send } from '../../../test/http/http-client';
import { eventually } from '../../../test/support/domain/eventually';
import type { Authenticator } from '../src';
import { protect as protectExpress, requireRoles } from '../src/express';
import { protect as protectFastify } from '../src/fastify';
import { type IdentifiedRequest, protect as protectHttp } from '../src/http';
import { FakePostern } from '../src/testing';
import type { WebOptions } from '../src/web/web-guard';

const OPTIONS: WebOptions = {
  rules: [
    { match: '/open/*', public: true },
    { match: '/me', optional: true },
    { match: '/orders', methods: ['DELETE'], roles: ['moderator', 'admin'] },
    { match: '/admin/*', roles: ['admin'] },
  ],
};

interface Running {
  readonly base: string;
  close(): Promise<unknown>;
}

async function listen(server: Server): Promise<Running> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function describeCaller({ principal, anonymousReason }: Partial<IdentifiedRequest>): string {
  return principal?.username ?? anonymousReason ?? 'nobody';
}

const EVENTS = { 'content-type': 'text/event-stream' };

const answerBare: RequestListener = (incoming: IdentifiedRequest, response) => {
  if (incoming.url !== '/events') {
    response.end(describeCaller(incoming));
    return;
  }
  response.writeHead(200, EVENTS).write('data: 1\n\n');
  const timer = setInterval(() => response.write('data: 2\n\n'), 20);
  response.on('close', () => clearInterval(timer));
};

const SERVERS: Record<string, (client: FakePostern) => Promise<Running>> = {
  'node:http': (client) => listen(createServer(protectHttp(client, answerBare, OPTIONS))),
  Express: (client) => {
    const app = express();
    app.use(protectExpress(client, OPTIONS));
    app.get('/guarded', requireRoles('admin'), (incoming, response) => void response.send(describeCaller(incoming)));
    app.use((incoming, response) => answerBare(incoming, response));
    return listen(createServer(app));
  },
  Fastify: async (client) => {
    const app = fastify();
    await app.register(protectFastify(client, OPTIONS));
    app.get('/guarded', { config: { postern: { roles: ['admin'] } } }, (incoming) => describeCaller(incoming));
    app.get('/events', (incoming, reply) => {
      reply.hijack();
      answerBare(incoming.raw, reply.raw);
    });
    app.all('/*', (incoming) => describeCaller(incoming));
    const base = await app.listen({ port: 0, host: '127.0.0.1' });
    return { base, close: () => app.close() };
  },
};

describe.each(Object.keys(SERVERS))('The middleware for %s', (kind) => {
  const client = new FakePostern();
  let server: Running;
  const ask = async (path: string, token = '', method = 'GET') => {
    const authorization = token === '' ? {} : { authorization: `Bearer ${token}` };
    const { status, headers, body } = await send(server.base, method, path, authorization);
    return { status, challenge: headers['www-authenticate'], retryAfter: headers['retry-after'], body };
  };

  beforeAll(async () => {
    server = await (SERVERS[kind] as (client: FakePostern) => Promise<Running>)(client);
  });
  afterAll(() => {
    client.close();
    return server.close();
  });
  afterEach(() => {
    client.unavailable = false;
  });

  test('hands on a valid token with its principal, and refuses every other by RFC 6750', async () => {
    const token = client.signIn({ username: 'ada' });
    expect(await ask('/orders', token)).toMatchObject({ status: 200, body: 'ada' });
    expect(await ask('/orders')).toMatchObject({ status: 401, challenge: 'Bearer' });
    const { body, ...refused } = await ask('/orders', 'nonsense');
    expect(refused).toMatchObject({ status: 401, challenge: 'Bearer error="invalid_token"' });
    expect(JSON.parse(body)).toEqual({
      code: 'unauthenticated',
      message: 'Could not validate credentials',
      reason: 'INVALID_TOKEN',
    });
    client.refuse(token);
    expect(JSON.parse((await ask('/orders', token)).body).reason).toBe('TOKEN_REVOKED');
    const expired = client.signIn({ expiresAt: new Date(Date.now() - 1) });
    expect(JSON.parse((await ask('/orders', expired)).body).reason).toBe('TOKEN_EXPIRED');
  });

  test('answers 503 with retry-after when nobody can tell, except where no token is looked at', async () => {
    const token = client.signIn();
    client.unavailable = true;
    expect(await ask('/orders', token)).toMatchObject({ status: 503, retryAfter: '1' });
    expect(await ask('/me', token)).toMatchObject({ status: 503, retryAfter: '1' });
    expect(await ask('/open/x', token)).toMatchObject({ status: 200, body: 'nobody' });
    expect(await ask('/me')).toMatchObject({ status: 200, body: 'INVALID_TOKEN' });
  });

  test('demands the roles of a rule, for its methods', async () => {
    const [ada, mia] = [client.signIn({ username: 'ada' }), client.signIn({ username: 'mia', roles: ['moderator'] })];
    expect(await ask('/orders', ada, 'DELETE')).toMatchObject({
      status: 403,
      challenge: 'Bearer error="insufficient_scope"',
    });
    expect(await ask('/orders', mia, 'DELETE')).toMatchObject({ status: 200, body: 'mia' });
    expect(await ask('/orders', '', 'DELETE')).toMatchObject({ status: 401 });
    if (kind === 'node:http') return;
    expect(await ask('/guarded', mia)).toMatchObject({ status: 403 });
    expect(await ask('/guarded', client.signIn({ roles: ['admin'] }))).toMatchObject({ status: 200 });
  });

  test('lets through with and without a token where a rule is optional', async () => {
    const token = client.signIn({ username: 'ada' });
    expect(await ask('/me', token)).toMatchObject({ status: 200, body: 'ada' });
    expect(await ask('/me')).toMatchObject({ status: 200, body: 'INVALID_TOKEN' });
    client.refuse(token);
    expect(await ask('/me', token)).toMatchObject({ status: 200, body: 'TOKEN_REVOKED' });
  });

  test.each([
    '/open/../orders',
    '/open/%2e%2e/orders',
    '/open/..\\orders',
    '/OPEN/../orders',
    '/open/..%2forders',
    '/open/..%2Fadmin/x',
    '/open/..%5corders',
    '/open/%2e%2e%2forders',
    '/open/..%252forders',
    '/open/%252e%252e%252forders',
    '/orders/..%2fopen/x',
    '/orders/../open/x',
    '/orders//../open/x',
    '//open/x',
    '/OPEN/x',
    '/%6fpen/x',
    '/ADMIN/x',
    '/%61dmin/x',
    '//admin/x',
    '/open/../admin/x',
  ])('refuses %s, which routers read differently and under different rules', async (path) => {
    expect((await ask(path)).status).toBe(400);
    expect((await ask(path, client.signIn({ roles: ['admin'] }))).status).toBe(400);
  });

  test('takes an encoded slash that changes no rule', async () => {
    expect((await ask('/orders/a%2fb', client.signIn())).status).not.toBe(400);
    expect((await ask('/open/a%2fb')).status).not.toBe(400);
  });

  test.each([
    '/admin',
    '/admin/',
    '/admin//x',
    '/admin/./x?a=/open/',
    '/admin/%78/../x',
  ])('demands the role of admins for %s', async (path) => {
    expect((await ask(path, client.signIn())).status).toBe(403);
  });

  test.each([
    ['is revoked', (token: string) => client.refuse(token)],
    [
      'can be judged by nobody',
      () => {
        client.unavailable = true;
      },
    ],
  ])('ends an open stream within a second when its token %s', async (_, change) => {
    const token = client.signIn();
    const other = client.signIn();
    const outgoing = request(`${server.base}/events`, { headers: { authorization: `Bearer ${token}` }, agent: false });
    const [response] = await once(outgoing.end(), 'response');
    let events = 0;
    let hasEnded = false;
    response.on('data', () => {
      events += 1;
    });
    response.on('end', () => {
      hasEnded = true;
    });
    await eventually('there are events', () => events > 3);
    expect(client.openCalls.size).toBeGreaterThan(0);
    expect(await ask('/orders', other)).toMatchObject({ status: 200 });
    change(token);
    await eventually('the stream has ended', () => hasEnded, 1_000);
    client.unavailable = false;
    expect(await ask('/orders', other)).toMatchObject({ status: 200 });
  });
});

test('A rule that cannot be meant so is refused at the start', () => {
  const client = new FakePostern();
  const wrong = [
    { match: 'orders' },
    { match: '/or*ders' },
    { match: '/orders*' },
    { match: '/', roles: [] },
    { match: '/', public: true, roles: ['admin'] },
  ];
  for (const rule of wrong) expect(() => protectExpress(client, { rules: [rule] })).toThrow(TypeError);
});

test('A request whose caller goes while it is decided about is not watched over', async () => {
  const fake = new FakePostern();
  let decided = 0;
  const slow: Authenticator = {
    answerNow: () => undefined,
    async answer(token) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      decided += 1;
      return fake.answerNow(token);
    },
    openCalls: fake.openCalls,
  };
  const server = await listen(createServer(protectHttp(slow, answerBare)));
  const headers = { authorization: `Bearer ${fake.signIn()}` };
  const gone = request(`${server.base}/events`, { headers, agent: false });
  gone.on('error', () => {});
  gone.end();
  setTimeout(() => gone.destroy(), 20);
  await eventually('it was decided about', () => decided === 1);
  expect(fake.openCalls.size).toBe(0);
  await server.close();
});
