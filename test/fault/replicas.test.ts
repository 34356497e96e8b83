import { status as Status } from '@grpc/grpc-js';
import type { TokenPair } from '../../src/gen/postern/auth/v1/auth_service';
import { eventually } from '../support/domain/eventually';
import { makeAdmin, type Replicas, startReplicas } from '../support/load/replicas';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';

jest.setTimeout(120_000);

const url = testDatabaseUrl();
const mongo = mongoClient(url);
let replicas: Replicas;

beforeAll(async () => {
  replicas = await startReplicas([url, url], { MAX_SESSIONS_PER_USER: '300' });
  await makeAdmin(url, 'root');
});
afterAll(async () => {
  await replicas.stop();
  await mongo.db().dropDatabase();
  await mongo.close();
});

/** A registered user who has signed in at the first replica. */
async function signedIn(name: string) {
  const [a] = replicas.all;
  expect((await a.client.register(name)).text).toBe('OK');
  return a.client.login(name);
}

test('A session ended on one replica is refused by the other within a second, without a read of the store [C11]', async () => {
  const [a, b] = replicas.all;
  const { accessToken: bearer } = await signedIn('owner-of-many');
  const sessions: TokenPair[] = [];
  // No more at once than the tries that an account has.
  while (sessions.length < 200) {
    sessions.push(...(await Promise.all(Array.from({ length: 8 }, () => a.client.login('owner-of-many')))));
  }
  const delays: number[] = [];
  for (const { sessionId, accessToken } of sessions) {
    expect((await b.client.validate(accessToken)).code).toBe(Status.OK);
    expect((await a.client.revokeSession(sessionId, bearer)).code).toBe(Status.OK);
    const acknowledged = performance.now();
    while ((await b.client.validate(accessToken)).code === Status.OK) {
      expect(performance.now() - acknowledged).toBeLessThan(1_000);
    }
    delays.push(performance.now() - acknowledged);
  }
  delays.sort((x, y) => x - y);
  const [p50, p99, max] = [100, 198, 199].map((at) => delays[at]?.toFixed(1));
  process.stdout.write(`Revocation from replica to replica: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms\n`);
  expect(delays.at(-1)).toBeLessThan(1_000);
});

test('A role granted or removed on one replica applies on the other within a second, to tokens issued before [C10]', async () => {
  const [a, b] = replicas.all;
  const { accessToken } = await signedIn('promoted');
  const { accessToken: admin } = await a.client.login('root');
  const { response } = await b.client.validate(accessToken);
  const userId = response?.principal?.userId ?? '';
  expect((await b.client.checkRole(accessToken, 'moderator')).code).toBe(Status.PERMISSION_DENIED);
  const decides = async (roles: string[], code: Status) => {
    expect((await a.client.setUserRoles(userId, roles, admin)).code).toBe(Status.OK);
    const isSo = async () => (await b.client.checkRole(accessToken, 'moderator')).code === code;
    await eventually(`the other replica answers ${Status[code]}`, isSo, 1_000);
  };
  await decides(['user', 'moderator'], Status.OK);
  await decides(['user'], Status.PERMISSION_DENIED);
});

test('fresh reads the store: what no feed has brought is seen with it, and not without', async () => {
  const [, b] = replicas.all;
  const { accessToken, sessionId } = await signedIn('behind-the-back');
  await mongo
    .db()
    .collection<{ _id: string }>('sessions')
    .updateOne({ _id: sessionId }, { $set: { endedAt: new Date() } });
  expect((await b.client.validate(accessToken)).code).toBe(Status.OK);
  expect((await b.client.validate(accessToken, { fresh: true })).code).toBe(Status.UNAUTHENTICATED);
});

test('Refresh gives 32 clients that present one token to two replicas at once the same successor, 200 times [D2, D4]', async () => {
  const workers = replicas.all.flatMap((replica) => Array.from({ length: 16 }, () => replica.another()));
  const { refreshToken, sessionId } = await signedIn('racer');
  let token = refreshToken;
  for (let round = 0; round < 200; round += 1) {
    const outcomes = await Promise.all(workers.map((worker) => worker.refresh(token)));
    expect(outcomes.map(({ text }) => text).filter((text) => text !== 'OK')).toEqual([]);
    const successors = new Set(outcomes.map(({ response }) => response?.refreshToken));
    expect(successors.size).toBe(1);
    [token = ''] = [...successors];
  }
  const session = await mongo
    .db()
    .collection<{ _id: string; generation: number }>('sessions')
    .findOne({ _id: sessionId });
  expect(session?.generation).toBe(200);
});
