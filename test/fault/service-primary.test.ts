import { status as Status } from '@grpc/grpc-js';
import { eventually } from '../support/domain/eventually';
import { ReplicaLoad } from '../support/load/replica-load';
import { type Replicas, startReplicas } from '../support/load/replicas';
import { freshDatabase } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';

jest.setTimeout(180_000);

describe('Two replicas on a replica set of three, under Register and Refresh', () => {
  const database = freshDatabase();
  let cluster: MongoCluster;
  let replicas: Replicas;
  beforeAll(async () => {
    cluster = await startReplicaSet(3, 3_000);
    const url = cluster.url(database);
    replicas = await startReplicas([url, url]);
  });
  afterAll(async () => {
    await replicas.stop();
    await cluster.stop();
  });

  const underLoad = async (prefix: string, fault: () => Promise<void>) => {
    const [a, b] = replicas.all;
    const load = new ReplicaLoad([a.client, b.client]);
    await load.start(prefix);
    await eventually('the load runs', () => load.acknowledged > 50, 30_000);
    await fault();
    const before = load.acknowledged;
    await eventually('the load runs again', () => load.acknowledged > before + 100, 60_000);
    await load.stop();
    return load;
  };

  /** Nothing acknowledged is lost, nothing happened twice, no user waited beyond a deadline or was logged out. */
  const judge = async (load: ReplicaLoad) => {
    const { loggedOut, unexpected, overtime, takenTwice } = load;
    expect({ loggedOut, unexpected, overtime, takenTwice }).toEqual({
      loggedOut: [],
      unexpected: [],
      overtime: 0,
      takenTwice: [],
    });
    const mongo = mongoClient(cluster.url(database));
    const users = mongo.db().collection<{ username: string }>('users');
    for (const name of load.registered)
      expect({ name, found: await users.countDocuments({ username: name }) }).toEqual({ name, found: 1 });
    const emails = await users.distinct('emailKey');
    expect(emails).toHaveLength(await users.countDocuments());
    for (const { sessionId, tokens } of load.refreshers.filter(({ isTooLate }) => !isTooLate)) {
      expect(new Set(tokens).size).toBe(tokens.length);
      const sessions = mongo.db().collection<{ _id: string; generation: number; endedAt: Date | null }>('sessions');
      const session = await sessions.findOne({ _id: sessionId });
      expect(session?.endedAt).toBeNull();
      // One generation for each acknowledged rotation, none beside: the last one may have been written without an
      // answer.
      expect([0, 1]).toContain((session?.generation ?? 0) - (tokens.length - 1));
    }
    await mongo.close();
    process.stdout.write(`${load.acknowledged} acknowledged, longest gap ${load.longestGapMs} ms\n`);
  };

  test.each([
    'SIGKILL',
    'SIGSTOP',
  ] as const)('a %s of the primary loses nothing, forks nothing, logs no user out, and is over within 10 s', async (signal) => {
    const struck = await cluster.primaryOfAll();
    const load = await underLoad(signal.toLowerCase(), async () => {
      await cluster.kill(struck, signal);
      await cluster.primary(struck);
    });
    if (signal === 'SIGKILL') await cluster.restart(struck);
    else await cluster.kill(struck, 'SIGCONT');
    await cluster.primary();
    const [a] = replicas.all;
    await eventually(
      'the load can be judged',
      async () => (await a.client.register(`after-${signal}`.toLowerCase())).code !== Status.UNAVAILABLE,
    );
    await judge(load);
    expect(load.longestGapMs).toBeLessThan(10_000);
  });

  test('has everything that was acknowledged when all members were killed and started again', async () => {
    const load = await underLoad('all', async () => {
      await Promise.all(cluster.members.map((_, index) => cluster.kill(index, 'SIGKILL')));
      await Promise.all(cluster.members.map((_, index) => cluster.restart(index)));
      await cluster.primary();
    });
    await judge(load);
  });
});
