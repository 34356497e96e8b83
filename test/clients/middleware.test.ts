import { Client, credentials } from '@grpc/grpc-js';
import { Driver, type Rule } from '../../clients/conformance/suite/driver';
import { callBytes, ECHO, getHttp, openTicks, whoAmI } from '../../clients/conformance/suite/guarded-server';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { rolesChanged, ScriptedService } from '../../clients/conformance/suite/scripted-service';
import { claims, createKey, forge } from '../../clients/conformance/suite/token-forge';
import { eventually } from '../support/domain/eventually';
import { refusal } from '../support/grpc/app-calls';
import { awaitLocal } from './await-local';

const BUILT_IN = [
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
];
/** HealthCheckResponse { status: SERVING }; the drivers answer reflection alike. */
const SERVING = Buffer.from([8, 1]);
/** A second for what a client needs to notice; the rest is for a busy machine. */
const NOTICED_MS = 2_500;
const key = createKey('key-1');

describe.each(LANGUAGES)('The middleware of the %s client', (language) => {
  let service: ScriptedService;
  let driver: Driver;
  const clients: Client[] = [];
  beforeEach(async () => {
    service = await ScriptedService.start();
    service.publish(key);
    driver = await Driver.open(language, { ...service.open, mode: 'local', max_staleness_ms: 1_000 });
    await awaitLocal(driver);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await driver.close();
    await service.stop();
  });

  async function openGrpc(rules: readonly Rule[] = []): Promise<Client> {
    const client = new Client(`127.0.0.1:${await driver.serve('grpc', rules)}`, credentials.createInsecure());
    clients.push(client);
    return client;
  }

  test('lets every caller use health and reflection, unless a rule names them', async () => {
    const open = await openGrpc();
    const closed = await openGrpc(BUILT_IN.map((match) => ({ match, roles: ['admin'] })));
    const admin = forge(key, { roles: ['admin'] });
    for (const path of BUILT_IN) {
      expect([path, await callBytes(open, path)]).toEqual([path, SERVING]);
      expect([path, await refusal(callBytes(closed, path))]).toEqual([path, ['UNAUTHENTICATED', 'INVALID_TOKEN']]);
      const refused = ['PERMISSION_DENIED', 'ROLE_MISSING'];
      expect([path, await refusal(callBytes(closed, path, forge(key)))]).toEqual([path, refused]);
      expect([path, await callBytes(closed, path, admin)]).toEqual([path, SERVING]);
    }
  }, 60_000);

  test('answers UNAVAILABLE and 503 with Retry-After when neither the feed nor a replica answers, except where no token counts', async () => {
    const token = forge(key);
    const rules = [
      { match: '/open/*', public: true },
      { match: '/both/*', optional: true },
    ];
    const port = await driver.serve('http', rules);
    const client = await openGrpc([{ match: `${ECHO}/WhoAmI`, optional: true }]);
    const closed = await openGrpc();
    service.heartbeats = false;
    await eventually('it is unavailable', async () => (await driver.refusalReason(token)) === 'UNAVAILABLE');
    for (const path of ['/', '/both/x']) {
      const { response, body } = await getHttp(port, path, token);
      expect([path, response.statusCode, response.headers['retry-after']]).toEqual([path, 503, '1']);
      expect(JSON.parse(body)).toMatchObject({ code: 'unavailable', reason: 'UNAVAILABLE' });
    }
    for (const path of ['/open/x', '/both/x']) expect((await getHttp(port, path)).response.statusCode).toBe(200);
    expect((await getHttp(port, '/open/x', token)).response.statusCode).toBe(200);
    for (const each of [client, closed]) {
      expect(await refusal(whoAmI(each, token))).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    }
    expect(await whoAmI(client, '')).toMatchObject({ anonymous: true });
  }, 60_000);

  test('ends an open stream within a second of the expiry of its token, over gRPC and over HTTP', async () => {
    const client = await openGrpc();
    const port = await driver.serve('http');
    const exp = Math.ceil(Date.now() / 1_000) + 2;
    const token = forge(key, { exp });
    const { ticks, ended } = openTicks(client, token);
    const http = getHttp(port, '/ticks', token).then(
      () => Date.now(),
      () => Date.now(),
    );
    await eventually('it ticks', () => ticks() > 2);
    const error = await ended;
    const endedAt = [Date.now(), await http];
    expect(await refusal(Promise.reject(error))).toEqual(['UNAUTHENTICATED', 'TOKEN_EXPIRED']);
    for (const at of endedAt) {
      expect(at).toBeGreaterThanOrEqual(exp * 1_000);
      expect(at).toBeLessThan(exp * 1_000 + NOTICED_MS);
    }
  }, 60_000);

  test('ends an open stream within a second of the loss of the role that it demands', async () => {
    const client = await openGrpc([{ match: `${ECHO}/*`, roles: ['admin'] }]);
    const port = await driver.serve('http', [{ match: '*', roles: ['admin'] }]);
    const fields = claims({ roles: ['admin'] });
    const token = forge(key, fields);
    const { ticks, ended } = openTicks(client, token);
    const http = getHttp(port, '/ticks', token).catch(() => undefined);
    await eventually('it ticks', () => ticks() > 2);
    service.send(rolesChanged(String(fields.sub), 'user'));
    const lostAt = performance.now();
    expect(await refusal(ended.then((error) => Promise.reject(error)))).toEqual(['PERMISSION_DENIED', 'ROLE_MISSING']);
    await http;
    expect(performance.now() - lostAt).toBeLessThan(NOTICED_MS);
  }, 60_000);
});
