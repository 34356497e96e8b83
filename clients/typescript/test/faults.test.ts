import { eventually } from '../../../test/support/domain/eventually';
import { runPostern, startService, workingDirectory } from '../../../test/support/processes/service-process';
import { FaultProxy } from '../../conformance/suite/fault-proxy';
import { connect, type PosternClient } from '../src';
import { describeAnswer, type GuardedService, startGuardedService } from './support/guarded-service';

const MAX_STALENESS_MS = 2_500;

describe('Between a client and its service', () => {
  let service: GuardedService;
  let proxy: FaultProxy;
  beforeAll(async () => {
    service = await startGuardedService();
    proxy = await FaultProxy.start(service.grpcAddress);
  });
  afterAll(async () => {
    await service.stop();
    await proxy.stop();
  });

  /** Asks until the answer is another than before; what it is, and when `before` was the answer for the last time. */
  async function follow(client: PosternClient, token: string, before: string) {
    let lastAt = Number.NEGATIVE_INFINITY;
    for (;;) {
      const askedAt = performance.now();
      const said = await describeAnswer(client, token);
      if (said !== before) return { said, lastAt };
      lastAt = askedAt;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  test('a connection that is reset is opened again, and what happened meanwhile is known', async () => {
    const [kept, ended] = [await service.signedIn('ada'), await service.signedIn('ben')];
    const client = await service.client({ address: proxy.address, mode: 'local' });
    expect(await describeAnswer(client, ended.tokens.accessToken)).toBe('ben:user');
    proxy.reset();
    await service.rpc('AuthService/Logout', { refreshToken: ended.tokens.refreshToken });
    const acknowledgedAt = performance.now();
    const { lastAt } = await follow(client, ended.tokens.accessToken, 'ben:user');
    // Within the staleness that is allowed the last word may still count.
    expect(lastAt - acknowledgedAt).toBeLessThan(MAX_STALENESS_MS);
    await client.ready(20_000);
    expect(await describeAnswer(client, ended.tokens.accessToken)).toBe('TOKEN_REVOKED');
    expect(await describeAnswer(client, kept.tokens.accessToken)).toBe('ada:user');
    expect(client.stats().watchReconnects).toBeGreaterThan(0);
  }, 30_000);

  test('a connection that passes nothing on makes the client silent at the time it promised, and is replaced', async () => {
    const { tokens } = await service.signedIn('cem');
    const client = await service.client({ address: proxy.address, callTimeoutMs: 300 });
    expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'local' });
    const cutAt = performance.now();
    proxy.faults = { blackHole: true };
    await service.rpc('AuthService/Logout', { refreshToken: tokens.refreshToken });
    const { said, lastAt } = await follow(client, tokens.accessToken, 'cem:user');
    // Neither "allowed" nor "denied".
    expect(said).toBe('UNAVAILABLE');
    expect(lastAt - cutAt).toBeLessThan(MAX_STALENESS_MS);
    expect(client.stats().answers.remote).toEqual({ UNAVAILABLE: 1 });
    proxy.faults = {};
    await client.ready(20_000);
    expect(await client.answer(tokens.accessToken)).toEqual({ ok: false, reason: 'TOKEN_REVOKED', via: 'local' });
  }, 30_000);
});

test('A client answers from memory while its service restarts, and follows it from where it was', async () => {
  const directory = await workingDirectory();
  const env = {
    JWT_ALGORITHM: 'ES256',
    SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe',
    DATABASE_URL: `file:${directory.path}/data`,
  };
  let service = await startService(directory.path, env);
  // After its restart it has other ports: those of before may belong to somebody else by then.
  const [grpc, http] = [await FaultProxy.start(service.grpcAddress), await FaultProxy.start(service.httpAddress)];
  const rpc = async (method: string, message: object, bearer = ''): Promise<Record<string, never>> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` };
    const request = { method: 'POST', headers, body: JSON.stringify(message) };
    const response = await fetch(`http://${http.address}/postern.auth.v1.${method}`, request);
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as Record<string, never>;
  };
  const password = 'plum-cabinet-orbit-91';
  const signIn = async (username: string): Promise<{ accessToken: string; refreshToken: string }> =>
    (await rpc('AuthService/Login', { username, password })).tokens as never;
  const create = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin'];
  expect(await runPostern(create, directory.path, env, `${password}\n`)).toMatchObject({ code: 0 });
  const [root, other] = [await signIn('root'), await signIn('root')];
  const asRoot = root.accessToken;
  const { user } = await rpc('AdminService/CreateServiceAccount', { username: 'api', roles: ['service'] }, asRoot);
  const { id: userId } = user as unknown as { id: string };
  const { apiKey } = await rpc('AdminService/CreateApiKey', { userId, name: 'watch', roles: [] }, asRoot);

  const { address } = grpc;
  const jwksUrl = `http://${http.address}/.well-known/jwks.json`;
  const client = connect({ address, apiKey: apiKey as unknown as string, jwksUrl, maxStalenessMs: 30_000 });
  await client.ready();
  expect(await describeAnswer(client, root.accessToken)).toBe('root:admin');
  await rpc('AuthService/Logout', { refreshToken: other.refreshToken });
  await service.stop();
  expect(await client.answer(root.accessToken)).toMatchObject({ ok: true, via: 'local' });
  service = await startService(directory.path, env);
  grpc.target = service.grpcAddress;
  http.target = service.httpAddress;
  await eventually('the feed is fresh again', () => client.stats().stalenessMs < 1_500);
  expect(await client.answer(root.accessToken)).toMatchObject({ ok: true, via: 'local' });
  expect(await client.answer(other.accessToken)).toMatchObject({ reason: 'TOKEN_REVOKED', via: 'local' });
  expect(client.stats()).toMatchObject({ answers: { remote: {} }, batchCalls: 0 });
  await rpc('AuthService/Logout', { refreshToken: root.refreshToken });
  const isRefused = async (): Promise<boolean> => (await describeAnswer(client, root.accessToken)) === 'TOKEN_REVOKED';
  await eventually('it is refused', isRefused, 1_000);
  client.close();
  await service.stop();
  await Promise.all([grpc.stop(), http.stop()]);
  await directory.remove();
}, 120_000);
