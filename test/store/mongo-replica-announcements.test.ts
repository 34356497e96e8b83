import type { mongo } from 'mongoose';
import { openMongoStore } from '../../src/store/mongo/open-mongo-store';
import { acceptEachOther, type ReplicaSecrets } from '../../src/store/replica-secrets';
import type { Store } from '../../src/store/store';
import { TestClock } from '../support/domain/clock';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { mongoOptions } from '../support/mongo/mongo-opened-store';

const url = testDatabaseUrl();
let store: Store;
let other: Store;
let client: mongo.MongoClient;
beforeAll(async () => {
  store = await openMongoStore(url, mongoOptions(new TestClock()));
  other = await openMongoStore(url, mongoOptions(new TestClock()));
  client = await mongoClient(url).connect();
});
afterEach(() => client.db().collection('replicas').deleteMany({}));
afterAll(async () => {
  await Promise.all([store.close(), other.close()]);
  await client.db().dropDatabase();
  await client.close();
});

const aReplica = (id: string, secrets: Partial<ReplicaSecrets> = {}): ReplicaSecrets => ({
  id,
  host: '$machine (1)',
  current: 'one',
  previous: undefined,
  ...secrets,
});

test('Replicas that announce themselves are listed as they are until they withdraw', async () => {
  const [first, second] = [aReplica('first'), aReplica('second', { current: 'two', previous: 'one' })];
  await store.replicas?.announce(first);
  await store.replicas?.announce(second);
  expect(await other.replicas?.list()).toEqual([first, second]);
  await other.replicas?.announce({ ...first, current: 'three' });
  await store.replicas?.withdraw('second');
  expect(await other.replicas?.list()).toEqual([{ ...first, current: 'three' }]);
});

test('A replica that announces itself no more is forgotten after a minute, before the index removes it', async () => {
  const replicas = client.db().collection<{ _id: string; expireAt: Date }>('replicas');
  await store.replicas?.announce(aReplica('stale'));
  const [{ expireAt } = { expireAt: new Date(0) }] = await replicas.find().toArray();
  expect(expireAt.getTime() - Date.now()).toBeGreaterThan(50_000);
  expect(expireAt.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
  await replicas.updateOne({ _id: 'stale' }, { $set: { expireAt: new Date(Date.now() - 1) } });
  expect(await store.replicas?.list()).toEqual([]);
  const indexes = await replicas.indexes();
  expect(indexes).toContainEqual(expect.objectContaining({ key: { expireAt: 1 }, expireAfterSeconds: 0 }));
});

test.each([
  ['the same secret', { current: 'old' }, { current: 'old' }, true],
  ['two secrets', { current: 'old' }, { current: 'new' }, false],
  ['the first step of a rotation', { current: 'old' }, { current: 'old', previous: 'new' }, true],
  ['the second step', { current: 'old', previous: 'new' }, { current: 'new', previous: 'old' }, true],
  ['the third step', { current: 'new', previous: 'old' }, { current: 'new' }, true],
  ['a rotation without its first step', { current: 'old' }, { current: 'new', previous: 'old' }, false],
])('Replicas with %s accept each other: %j and %j, %s', (_, one, two, expected) => {
  expect(acceptEachOther(aReplica('a', one), aReplica('b', two))).toBe(expected);
  expect(acceptEachOther(aReplica('b', two), aReplica('a', one))).toBe(expected);
});
