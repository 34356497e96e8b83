import { Client, credentials } from '@grpc/grpc-js';
import { Driver } from '../../clients/conformance/suite/driver';
import { FaultProxy } from '../../clients/conformance/suite/fault-proxy';
import { ECHO, getHttp, openTicks, whoAmI } from '../../clients/conformance/suite/guarded-server';
import { LANGUAGES, type Language } from '../../clients/conformance/suite/languages';
import { eventually } from '../support/domain/eventually';
import { type AppCalls, appCalls, refusal } from '../support/grpc/app-calls';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { awaitLocal } from './await-local';
import { makeWatcherKey, type Replica, startReplica } from './replica';

const CASES = LANGUAGES.flatMap((language) => [
  [language, 'the embedded store', 1] as const,
  [language, 'MongoDB, two replicas', 2] as const,
]);

describe.each(CASES)('The %s client on %s', (language: Language, _, count) => {
  let replicas: Replica[];
  let a: AppCalls;
  let adminToken: string;
  let apiKey: string;
  let driver: Driver;
  let proxy: FaultProxy;

  beforeAll(async () => {
    const env: Record<string, string> = count === 1 ? {} : { DATABASE_URL: testDatabaseUrl() };
    replicas = [await startReplica(env)];
    while (replicas.length < count) replicas.push(await startReplica(env));
    a = appCalls((replicas[0] as Replica).app);
    adminToken = await a.adminToken();
    apiKey = await newApiKey('watcher');
  }, 60_000);
  afterAll(async () => {
    for (const { app } of replicas) await app.stop();
  });
  beforeEach(async () => {
    const { address, jwksUrl } = replicas.at(-1) as Replica;
    proxy = await FaultProxy.start(address);
    driver = await Driver.open(language, { address: proxy.address, jwks_url: jwksUrl, api_key: apiKey });
    await awaitLocal(driver);
  });
  afterEach(async () => {
    await driver.close();
    await proxy.stop();
  });

  const newApiKey = (username: string): Promise<string> => makeWatcherKey(a, adminToken, username);

  const becomes = (token: string, reason: string): Promise<void> =>
    eventually(`it is ${reason}`, async () => (await driver.refusalReason(token)) === reason, 1_000);

  test('says of a token what Validate says, by itself', async () => {
    const { user, tokens } = await a.newUser();
    const { principal } = await a.auth('validate', { accessToken: tokens.accessToken });
    // On a busy machine a heartbeat may be late, and the service is asked meanwhile.
    await eventually('it is answered here', async () => (await driver.validate(tokens.accessToken)).via === 'local');
    expect(await driver.validate(tokens.accessToken)).toMatchObject({
      ok: true,
      via: 'local',
      principal: {
        user_id: user.id,
        username: user.username,
        roles: ['user'],
        session_id: tokens.sessionId,
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      },
    });
    const { principal: answered } = await driver.validate(tokens.accessToken);
    expect(new Date(String(answered?.expires_at)).getTime()).toBe(principal.expiresAt?.getTime());
  });

  test('refuses within a second of a logout, a disabling, a deletion; knows new roles and lost ones', async () => {
    const [out, off, gone, other] = [await a.newUser(), await a.newUser(), await a.newUser(), await a.newUser()];
    for (const { tokens } of [out, off, gone, other]) expect(await driver.refusalReason(tokens.accessToken)).toBe('OK');
    await a.auth('logout', { refreshToken: out.tokens.refreshToken });
    await becomes(out.tokens.accessToken, 'TOKEN_REVOKED');
    await a.admin('setUserActive', { userId: off.user.id, active: false }, adminToken);
    await becomes(off.tokens.accessToken, 'USER_INACTIVE');
    await a.admin('setUserActive', { userId: off.user.id, active: true }, adminToken);
    await becomes(off.tokens.accessToken, 'TOKEN_REVOKED');
    await a.admin('deleteUser', { userId: gone.user.id }, adminToken);
    await becomes(gone.tokens.accessToken, 'TOKEN_REVOKED');
    for (const roles of [['user', 'moderator'], ['user']]) {
      await a.admin('setUserRoles', { userId: other.user.id, roles }, adminToken);
      const hasRoles = async () =>
        (await driver.validate(other.tokens.accessToken)).principal?.roles.join() === roles.join();
      await eventually('it has the roles', hasRoles, 1_000);
    }
  });

  test('asks about an API key once, and refuses it within a second of its end', async () => {
    const key = await newApiKey(`bot-${language}`);
    expect(await driver.validate(key)).toMatchObject({ ok: true, via: 'remote' });
    // An owner who was made this moment is news that the client waits out before it keeps the answer.
    const isKept = async () => (await driver.validate(key)).via === 'local';
    await eventually('it is kept', isKept, 10_000);
    const { batch_calls: before } = await driver.state();
    for (let at = 0; at < 20; at += 1) expect(await driver.refusalReason(key)).toBe('OK');
    expect((await driver.state()).batch_calls).toBe(before);
    const { principal } = await driver.validate(key);
    await a.admin('revokeApiKey', { keyId: principal?.session_id }, adminToken);
    await becomes(key, 'TOKEN_REVOKED');
  }, 60_000);

  test('denies by default over gRPC, demands roles, lets optional callers in, and passes details on', async () => {
    const rules = [{ match: `${ECHO}/WhoAmI`, roles: ['admin', 'moderator'] }];
    const client = new Client(`127.0.0.1:${await driver.serve('grpc', rules)}`, credentials.createInsecure());
    const optional = [{ match: `${ECHO}/*`, optional: true }];
    const open = new Client(`127.0.0.1:${await driver.serve('grpc', optional)}`, credentials.createInsecure());
    const { tokens, user } = await a.newUser();
    try {
      expect(await refusal(whoAmI(client, ''))).toEqual(['UNAUTHENTICATED', 'INVALID_TOKEN']);
      expect(await refusal(whoAmI(client, tokens.accessToken))).toEqual(['PERMISSION_DENIED', 'ROLE_MISSING']);
      expect(await whoAmI(client, adminToken)).toMatchObject({ username: 'root' });
      expect(await whoAmI(open, '')).toMatchObject({ anonymous: true, anonymousReason: 'INVALID_TOKEN' });
      expect(await whoAmI(open, tokens.accessToken)).toMatchObject({ userId: user.id, sessionId: tokens.sessionId });
      const { ended } = openTicks(client, '');
      expect((await ended).code).toBe(16);
    } finally {
      client.close();
      open.close();
    }
  });

  test('denies by default over HTTP as RFC 6750 says', async () => {
    const rules = [
      { match: '/open/*', public: true },
      { match: '/admin/*', roles: ['admin'] },
    ];
    const port = await driver.serve('http', rules);
    const { tokens, user } = await a.newUser();
    const none = await getHttp(port, '/');
    expect([none.response.statusCode, none.response.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    const bad = await getHttp(port, '/', 'rubbish');
    const challenge = 'Bearer error="invalid_token"';
    expect([bad.response.statusCode, bad.response.headers['www-authenticate']]).toEqual([401, challenge]);
    expect(JSON.parse(bad.body)).toMatchObject({ code: 'unauthenticated', reason: 'INVALID_TOKEN' });
    expect((await getHttp(port, '/admin/users', tokens.accessToken)).response.statusCode).toBe(403);
    expect((await getHttp(port, '/admin/users', adminToken)).response.statusCode).toBe(200);
    expect(JSON.parse((await getHttp(port, '/open/door')).body)).toEqual({ anonymous: true });
    expect(JSON.parse((await getHttp(port, '/me?x=/open/', tokens.accessToken)).body).user_id).toBe(user.id);
    for (const path of ['/open/../me', '/open/%2e%2e/me', '//me', '/open/..%2fme', '/admin//users']) {
      expect([301, 307, 308, 400, 401, 403]).toContain((await getHttp(port, path)).response.statusCode);
    }
  });

  test('ends an open stream within a second of the end of its token, over gRPC and over HTTP', async () => {
    const client = new Client(`127.0.0.1:${await driver.serve('grpc')}`, credentials.createInsecure());
    const port = await driver.serve('http');
    const { tokens } = await a.newUser();
    const { ticks, ended } = openTicks(client, tokens.accessToken);
    const http = getHttp(port, '/ticks', tokens.accessToken).then(
      () => 'complete',
      () => 'cut',
    );
    await eventually('it ticks', () => ticks() > 2);
    await a.auth('logout', { refreshToken: tokens.refreshToken });
    const acknowledgedAt = performance.now();
    const error = await ended;
    expect(performance.now() - acknowledgedAt).toBeLessThan(1_000);
    expect(await refusal(Promise.reject(error))).toEqual(['UNAUTHENTICATED', 'TOKEN_REVOKED']);
    await http;
    expect(performance.now() - acknowledgedAt).toBeLessThan(1_000);
    client.close();
  });

  test('survives resets, a proxy that cuts idle connections, and a delayed connection', async () => {
    const { tokens } = await a.newUser();
    proxy.reset();
    await eventually('it has come back', async () => (await driver.state()).watch_reconnects > 0);
    await awaitLocal(driver);
    // Heartbeats come each second: nothing is ever idle.
    proxy.faults = { idleMs: 1_500, delayMs: 100 };
    const { connections } = proxy;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(proxy.connections).toBe(connections);
    await a.auth('logout', { refreshToken: tokens.refreshToken });
    await becomes(tokens.accessToken, 'TOKEN_REVOKED');
  }, 60_000);

  test('says UNAVAILABLE, and neither yes nor no, in a black hole, and finds out by itself', async () => {
    const { tokens } = await a.newUser();
    expect(await driver.refusalReason(tokens.accessToken)).toBe('OK');
    proxy.faults = { blackHole: true };
    await a.auth('logout', { refreshToken: tokens.refreshToken });
    const acknowledgedAt = performance.now();
    let last = 'OK';
    for (; last === 'OK'; last = await driver.refusalReason(tokens.accessToken)) {
      // What is known may be as old as max_staleness, and is not a moment older.
      expect(performance.now() - acknowledgedAt).toBeLessThan(2_600);
    }
    expect(last).toBe('UNAVAILABLE');
    proxy.faults = {};
    await eventually(
      'it knows',
      async () => (await driver.refusalReason(tokens.accessToken)) === 'TOKEN_REVOKED',
      20_000,
    );
    await awaitLocal(driver);
  }, 60_000);
});
