import { systemClock } from '../../src/auth/clock';
import { openMongoStore } from '../../src/store/mongo/open-mongo-store';
import type { Store } from '../../src/store/store';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';
import { StoreLoad } from '../support/mongo/mongo-load';
import { mongoOptions } from '../support/mongo/mongo-opened-store';

jest.setTimeout(120_000);

describe('A replica set of three under load', () => {
  let cluster: MongoCluster;
  let stores: Store[];
  beforeAll(async () => {
    cluster = await startReplicaSet(3, 4_000);
    const url = cluster.url(freshDatabase());
    stores = [
      await openMongoStore(url, mongoOptions(systemClock)),
      await openMongoStore(url, mongoOptions(systemClock)),
    ];
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await cluster.stop();
  });

  /** Everything acknowledged is there, nothing is there twice, no session forked. */
  const judge = async (load: StoreLoad) => {
    const [store] = stores as [Store];
    expect(load.unexpected).toEqual([]);
    expect(load.overtime).toBe(0);
    expect(load.takenTwice).toEqual([]);
    const lost: string[] = [];
    for (const id of load.users) if ((await store.users.findById(id, testCall())) === undefined) lost.push(id);
    expect(lost).toEqual([]);
    for (const [id, acknowledged] of load.rotations) {
      const session = await store.sessions.find(id, testCall());
      expect([...acknowledged].filter(([, times]) => times > 1)).toEqual([]);
      expect(session?.generation).toBeGreaterThan(Math.max(...acknowledged.keys()));
    }
  };

  const underLoad = async (fault: () => Promise<void>) => {
    const load = new StoreLoad(stores);
    await load.start();
    try {
      await eventually('the load runs', () => load.users.length > 100);
      await fault();
      const before = load.acknowledged;
      await eventually('the load runs again', () => load.acknowledged > before + 200, 40_000);
    } finally {
      await load.stop();
    }
    return load;
  };

  test.each([
    'SIGKILL',
    'SIGSTOP',
  ] as const)('loses nothing, forks nothing and is back within 12 s when the primary gets %s', async (signal) => {
    const struck = await cluster.primaryOfAll();
    const load = await underLoad(async () => {
      await cluster.kill(struck, signal);
      await cluster.primary(struck);
    });
    if (signal === 'SIGKILL') await cluster.restart(struck);
    else await cluster.kill(struck, 'SIGCONT');
    await cluster.primary();
    await Promise.all(stores.map((store) => store.ping(20_000)));
    await judge(load);
    expect(load.longestGapMs).toBeLessThan(12_000);
  });

  test('has everything that was acknowledged when all members were killed and started again', async () => {
    const load = await underLoad(async () => {
      await Promise.all(cluster.members.map((_, index) => cluster.kill(index, 'SIGKILL')));
      await Promise.all(cluster.members.map((_, index) => cluster.restart(index)));
      await cluster.primary();
    });
    await judge(load);
  });
});
