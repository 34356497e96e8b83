import { status as Status } from '@grpc/grpc-js';
import { newApiKeyId } from '../../src/auth/api-keys/api-key-id';
import { createApiKeyTexts } from '../../src/crypto/api-keys/api-key-texts';
import { anId } from '../support/domain/builders';
import { eventually } from '../support/domain/eventually';
import type { ReplicaClient } from '../support/load/replica-client';
import { type Replicas, startReplicas } from '../support/load/replicas';
import { openWire, type Wire } from '../support/load/replicas-wire';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';

jest.setTimeout(120_000);

const STALENESS_MS = 2_000;
/** How late a client and a busy machine may see what has happened. */
const SLACK_MS = 1_000;

describe('Two replicas, one of which loses the store', () => {
  let cluster: MongoCluster;
  let wire: Wire;
  let replicas: Replicas;
  let near: ReplicaClient;
  let far: ReplicaClient;
  beforeAll(async () => {
    const database = freshDatabase();
    cluster = await startReplicaSet(1);
    wire = await openWire(cluster.members[0]?.port ?? 0);
    const through = `mongodb://127.0.0.1:${wire.port}/${database}?directConnection=true`;
    replicas = await startReplicas([cluster.url(database), through], {
      REVOCATION_STALENESS_SECONDS: String(STALENESS_MS / 1_000),
    });
    [near, far] = replicas.all.map(({ client }) => client) as [ReplicaClient, ReplicaClient];
  });
  afterAll(async () => {
    await replicas.stop();
    await wire.close();
    await cluster.stop();
  });

  const signedIn = async (name: string) => {
    await near.register(name);
    const [owner, kept, ...others] = await Promise.all(Array.from({ length: 8 }, () => near.login(name)));
    if (owner === undefined || kept === undefined) throw new Error('No user signed in');
    return { owner, kept, others };
  };
  const answers = async (client: ReplicaClient, token: string, code: Status) => {
    const { code: given, tookMs } = await client.validate(token);
    expect(tookMs).toBeLessThan(SLACK_MS);
    return given === code;
  };
  const isStale = async (client: ReplicaClient, token: string) => {
    expect((await client.validate(token)).text).toBe('UNAVAILABLE Storage is unavailable');
    await eventually('it says that it does not serve', async () => !(await client.isServing()), 5_000);
  };
  const isBack = (client: ReplicaClient, token: string) =>
    eventually(
      'it serves again',
      async () => (await client.isServing()) && (await client.validate(token)).code === Status.OK,
      30_000,
    );

  test.each([
    'cut',
    'hold',
  ] as const)('Validate on a replica that lost the store (%s) refuses after REVOCATION_STALENESS_SECONDS, and misses no revocation when it is back [G3]', async (way) => {
    const { owner, kept, others } = await signedIn(`gone-${way}`);
    for (const { accessToken } of [kept, ...others]) {
      expect((await far.validate(accessToken)).code).toBe(Status.OK);
    }
    wire[way]();
    // So that nothing can be taken up where it was left.
    await cluster.members[0]?.command({ killAllSessions: [] });
    for (const { sessionId } of others) {
      expect((await near.revokeSession(sessionId, owner.accessToken)).code).toBe(Status.OK);
    }
    const acknowledged = Date.now();
    await eventually('it knows', () => answers(far, kept.accessToken, Status.UNAVAILABLE), STALENESS_MS + SLACK_MS);
    expect(Date.now() - acknowledged).toBeLessThan(STALENESS_MS + SLACK_MS);
    for (const { accessToken } of others) expect((await far.validate(accessToken)).code).toBe(Status.UNAVAILABLE);
    await isStale(far, kept.accessToken);
    expect(await near.isServing()).toBe(true);
    wire.mend();
    await isBack(far, kept.accessToken);
    for (const { accessToken } of others) {
      expect((await far.validate(accessToken)).code).toBe(Status.UNAUTHENTICATED);
    }
  });

  test('Batches of API keys that no store can look up are refused and end no replica, nor do keys beside a token that no store can check [E11]', async () => {
    const { kept } = await signedIn('batches');
    const nobodysKeys = (count: number) =>
      Array.from({ length: count }, () => createApiKeyTexts().mint(newApiKeyId({ next: anId })).text);
    wire.hold();
    const patience = { patienceMs: 1_000 };
    // More than are looked up at once.
    const [first, second] = await Promise.all([
      far.batchValidate(nobodysKeys(100), patience),
      far.batchValidate(nobodysKeys(100), patience),
    ]);
    const unanswered = [Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED];
    expect([Status.RESOURCE_EXHAUSTED, ...unanswered]).toContain(first.code);
    expect([Status.RESOURCE_EXHAUSTED, ...unanswered]).toContain(second.code);
    await eventually('it knows', () => answers(far, kept.accessToken, Status.UNAVAILABLE), 30_000);
    await isStale(far, kept.accessToken);
    const beside = await far.batchValidate([...nobodysKeys(1), kept.accessToken], patience);
    expect(unanswered).toContain(beside.code);
    wire.mend();
    await isBack(far, kept.accessToken);
    expect(replicas.all[1].child.exitCode).toBeNull();
  });

  test.each([
    'SIGKILL',
    'SIGSTOP',
  ] as const)('Validate on both replicas refuses when the store has got %s, and recovers with it, with every earlier revocation [G3]', async (signal) => {
    const { owner, kept, others } = await signedIn(`store-${signal}`.toLowerCase());
    const [ended] = others;
    expect((await near.revokeSession(ended?.sessionId ?? '', owner.accessToken)).code).toBe(Status.OK);
    await cluster.kill(0, signal);
    for (const client of [near, far]) {
      await eventually(
        'it knows',
        () => answers(client, kept.accessToken, Status.UNAVAILABLE),
        STALENESS_MS + SLACK_MS,
      );
      await isStale(client, kept.accessToken);
      const refreshed = await client.refresh(kept.refreshToken, { patienceMs: 2_000 });
      expect([Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED]).toContain(refreshed.code);
      expect(refreshed.tookMs).toBeLessThan(2_000 + SLACK_MS);
    }
    if (signal === 'SIGKILL') await cluster.restart(0);
    else await cluster.kill(0, 'SIGCONT');
    for (const client of [near, far]) {
      await isBack(client, kept.accessToken);
      expect((await client.validate(ended?.accessToken ?? '')).code).toBe(Status.UNAUTHENTICATED);
    }
  });
});
