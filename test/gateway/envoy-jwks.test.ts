import { type Running, send, startWithHttp } from '../http/http-client';
import { freePort, GATEWAYS, type RunningGateway, startApplication } from './running-gateway';

let service: Running;
let application: Awaited<ReturnType<typeof startApplication>>;
let gateway: RunningGateway;
let edge: string;

beforeAll(async () => {
  service = await startWithHttp({ EXT_AUTHZ: 'on', JWT_ALGORITHM: 'ES256', TRUSTED_PROXIES: '127.0.0.1' });
  application = await startApplication();
  const port = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
  const ports = {
    edge: await freePort(),
    application: application.port,
    grpc: port(service.grpcAddress),
    http: port(service.base),
  };
  edge = `http://127.0.0.1:${ports.edge}`;
  const envoy = GATEWAYS.find(({ name }) => name === 'Envoy');
  if (envoy === undefined) throw new Error('There is no example for Envoy');
  gateway = await envoy.start(ports);
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  await application?.stop();
  await service?.stop();
});

test("Envoy verifies tokens by itself with the service's JWKS", async () => {
  const { tokens, user } = await service.signedIn('local-ada');
  const ask = (token: string) =>
    send(edge, 'GET', '/local', {
      authorization: `Bearer ${token}`,
      'x-auth-user-id': 'spoofed',
      'x-auth-roles': 'admin',
    });
  const first = await ask(tokens.accessToken);
  expect(first.status).toBe(200);
  const { 'x-auth-user-id': userId, 'x-auth-username': username, 'x-auth-roles': roles } = JSON.parse(first.body);
  expect([userId, username, roles]).toEqual([user.id, 'local-ada', undefined]);
  const forged = `${tokens.accessToken.slice(0, -8)}AAAAAAAA`;
  expect((await ask(forged)).status).toBe(401);
  expect((await send(edge, 'GET', '/local')).status).toBe(401);
});

test('Envoy asks about ES256 tokens through ext_authz alike', async () => {
  const { tokens } = await service.signedIn('remote-ada');
  const answer = await send(edge, 'GET', '/', { authorization: `Bearer ${tokens.accessToken}` });
  expect([answer.status, JSON.parse(answer.body)['x-auth-username']]).toEqual([200, 'remote-ada']);
});
