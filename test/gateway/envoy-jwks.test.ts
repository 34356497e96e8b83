import { type BehindGateway, startBehind } from './behind-gateway';
import { GATEWAYS } from './running-gateway';

let behind: BehindGateway;

beforeAll(async () => {
  const envoy = GATEWAYS.find(({ name }) => name === 'Envoy');
  if (envoy === undefined) throw new Error('There is no example for Envoy');
  behind = await startBehind(envoy, { JWT_ALGORITHM: 'ES256' });
}, 120_000);
afterAll(() => behind?.stop());

test("Envoy verifies tokens by itself with the service's JWKS", async () => {
  const { tokens, user } = await behind.service.signedIn('local-ada');
  const ask = (token: string) =>
    behind.send('GET', '/local', {
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
  expect((await behind.send('GET', '/local')).status).toBe(401);
});

test('Envoy asks about ES256 tokens through ext_authz alike', async () => {
  const { tokens } = await behind.service.signedIn('remote-ada');
  const answer = await behind.send('GET', '/', { authorization: `Bearer ${tokens.accessToken}` });
  expect([answer.status, JSON.parse(answer.body)['x-auth-username']]).toEqual([200, 'remote-ada']);
});
