import { type Client, credentials } from '@grpc/grpc-js';
import { type Running, send, startWithHttp } from '../../http/http-client';
import { AuthServiceClient } from '../../support/clients/service-clients';

const CLIENTS = 4;
const CALLS = 64;

let service: Running;
const clients: AuthServiceClient[] = [];

beforeAll(async () => {
  service = await startWithHttp({ JWT_ALGORITHM: 'ES256' });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await service.stop();
});

async function cacheCounts(): Promise<{ hits: number; misses: number }> {
  const { body } = await send(service.base, 'GET', '/metrics');
  const counted = (name: string) =>
    Number(new RegExp(`^postern_token_cache_${name}_total (\\d+)$`, 'm').exec(body)?.[1]);
  return { hits: counted('hits'), misses: counted('misses') };
}

/** Clients whose connections are there already; each has one of its own. */
async function connected(): Promise<AuthServiceClient> {
  const client = new AuthServiceClient(service.grpcAddress, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  clients.push(client);
  await new Promise<void>((resolve, reject) =>
    (client as Client).waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve())),
  );
  return client;
}

test('64 calls that bring a new ES256 token at the same moment make one verification', async () => {
  const { tokens, user } = await service.signedIn('once-ada');
  const all = await Promise.all(Array.from({ length: CLIENTS }, connected));
  const before = await cacheCounts();
  const ids = await Promise.all(
    Array.from(
      { length: CALLS },
      (_, n) =>
        new Promise((resolve, reject) => {
          const request = { accessToken: tokens.accessToken, allowAnonymous: false, fresh: false };
          all[n % CLIENTS]?.validate(request, (error, answer) =>
            error ? reject(error) : resolve(answer.principal?.userId),
          );
        }),
    ),
  );
  expect(new Set(ids)).toEqual(new Set([user.id]));
  const after = await cacheCounts();
  expect({ misses: after.misses - before.misses, hits: after.hits - before.hits }).toEqual({ misses: 1, hits: 63 });
});
