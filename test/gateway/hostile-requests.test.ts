import { type BehindGateway, startBehind } from './behind-gateway';
import { GATEWAYS } from './running-gateway';

/**
 * Other ways to write /admin, and to leave /public; some of them lead there only for applications that read a path as
 * they like.
 */
const DETOURS = [
  '//admin',
  '/./admin',
  '/%61dmin',
  '/public/../admin',
  '/public/%2e%2e/admin',
  '/public/..%2fadmin',
  '/public//../admin',
  '/public/x/..%5c..%5cadmin',
  '/public/./../admin/users',
  '/admin/../public/x',
  '/admin/%2E%2E/public/x',
  '/admin/..%2Fpublic/x',
  '/public/..\\admin',
  // Java's servers take away what follows a semicolon, and only then look for dots.
  '/public/..;/admin',
  '/public/..;x=1/admin',
  '/public/..%3b/admin',
  '/;x/admin',
  '/admin;x/users',
  '/public/%252e%252e/admin',
];

describe.each(GATEWAYS)('behind $name', (kind) => {
  let behind: BehindGateway;
  let token: string;

  beforeAll(async () => {
    behind = await startBehind(kind);
    token = (await behind.service.signedIn('wanderer')).tokens.accessToken;
  }, 120_000);
  afterAll(() => behind?.stop());

  test.each(DETOURS)('a request without the role does not get to /admin as %s', async (path) => {
    for (const authorization of [`Bearer ${token}`, 'none']) {
      const { status, body } = await behind.send('GET', path, { authorization });
      if (status === 200) expect(JSON.parse(body).path).toMatch(/^\/public(\/\w+)*$/);
      else expect([400, 401, 403, 404]).toContain(status);
    }
  });

  test("an address in the query is no other caller's path", async () => {
    const { status, body } = await behind.send('GET', '/public/go?to=https://example.com//%2e%2e/x');
    expect([status, JSON.parse(body).path]).toEqual([200, '/public/go?to=https://example.com//%2e%2e/x']);
  });

  test('a second authorization header is refused', async () => {
    const { status } = await behind.send('GET', '/', { authorization: [`Bearer ${token}`, 'Bearer other'] });
    expect([400, 401]).toContain(status);
  });

  test('the application gets the body of a request that was let through, and only then', async () => {
    const send = (authorization: string) => behind.send('POST', '/orders', { authorization }, 'two lamps');
    const { status, body } = await send(`Bearer ${token}`);
    expect([status, JSON.parse(body).body]).toEqual([200, 'two lamps']);
    expect((await send('Bearer rubbish')).status).toBe(401);
  });

  test("Postern's log says what was refused to which user, without the query", async () => {
    await behind.ask('/orders/7?token=secret', 'rubbish');
    const line = behind.service.lines().findLast(({ reason }) => reason === 'INVALID_TOKEN');
    // Envoy reports its own address for a client on the same machine.
    expect(line).toMatchObject({ peer: expect.stringMatching(/^[\d.]+$/), request_id: expect.stringMatching(/.{8}/) });
    if (kind.asksByHttp) expect(line?.forwarded).toMatch(/^GET \S+\/orders\/7$/);
    expect(JSON.stringify(behind.service.lines())).not.toContain('secret');
  });
});
