import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/auth/clock';
import type { Revocation } from '../../src/auth/revocation/revocation-record';
import { openMongoStore } from '../../src/store/mongo/open-mongo-store';
import type { Store } from '../../src/store/store';
import { anEndedSessions } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { freshDatabase } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';
import { mongoOptions } from '../support/mongo/mongo-opened-store';

jest.setTimeout(120_000);

describe('The revocation feed on a replica set of three', () => {
  const database = freshDatabase();
  let cluster: MongoCluster;
  let writer: Store;
  let reader: Store;
  const heard = new Set<string>();
  let breaks = 0;
  let freshAt = 0;
  beforeAll(async () => {
    cluster = await startReplicaSet(3, 4_000);
    writer = await openMongoStore(cluster.url(database), mongoOptions(systemClock));
    reader = await openMongoStore(cluster.url(database), mongoOptions(systemClock));
    await reader.revocationFeed.follow({
      onRecord: (record: Revocation) => heard.add(record.id),
      onFresh: (at) => {
        freshAt = at;
      },
      onBroken: () => {
        breaks += 1;
      },
    });
  });
  afterAll(async () => {
    await Promise.all([writer.close(), reader.close()]);
    await cluster.stop();
  });

  /** Appends until it is stopped. */
  const keepAppending = () => {
    const acknowledged: string[] = [];
    let running = true;
    const work = (async () => {
      while (running) {
        const record = anEndedSessions();
        const call = testCall({ deadline: Date.now() + 1_000 });
        const done = await writer.revocationFeed.append([record], call).then(
          () => true,
          () => false,
        );
        if (done) acknowledged.push(record.id);
        await pause(2);
      }
    })();
    const stop = () => {
      running = false;
      return work;
    };
    return { acknowledged, stop };
  };
  const missing = (ids: string[]) => ids.filter((id) => !heard.has(id));
  const hearsAgain = async (since: number) => {
    await eventually('the feed is fresh again', () => freshAt > since, 30_000);
  };

  test.each([
    'SIGKILL',
    'SIGSTOP',
  ] as const)('brings all of before, during and after a %s of the primary', async (signal) => {
    const breaksBefore = breaks;
    const struck = await cluster.primaryOfAll();
    const { acknowledged, stop } = keepAppending();
    const twentyMore = () => {
      const before = acknowledged.length;
      return eventually('twenty more are acknowledged', () => acknowledged.length >= before + 20, 30_000);
    };
    try {
      await twentyMore();
      await cluster.kill(struck, signal);
      await cluster.primary(struck);
      await hearsAgain(Date.now());
      await twentyMore();
    } finally {
      await stop();
      if (signal === 'SIGKILL') await cluster.restart(struck);
      else await cluster.kill(struck, 'SIGCONT');
    }
    await eventually('everything acknowledged is heard', () => missing(acknowledged).length === 0);
    expect(breaks).toBeGreaterThan(breaksBefore);
    await cluster.primary();
  });

  test('takes up again after its stream was ended by the server', async () => {
    const breaksBefore = breaks;
    const client = mongoClient(cluster.url(database));
    await client.db().collection('revocations').drop();
    await eventually('the break is noticed', () => breaks > breaksBefore);
    const record = anEndedSessions();
    await writer.revocationFeed.append([record], testCall());
    await eventually('the record is heard', () => heard.has(record.id));
    await hearsAgain(Date.now());
    await client.close();
  });
});
