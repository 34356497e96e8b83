import { systemClock } from '../../src/auth/clock';
import { inspectMongoStore } from '../../src/store/mongo/inspect-mongo-store';
import { migrateMongoStore, openMongoStore } from '../../src/store/mongo/open-mongo-store';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { mongoOptions } from '../support/mongo/mongo-opened-store';
import { lastConnection, watchedUrl } from '../support/mongo/mongo-watched-store';

const DAY_MS = 86_400_000;

describe('Indexes of a MongoDB store', () => {
  const database = async <T>(
    work: (db: ReturnType<ReturnType<typeof mongoClient>['db']>) => Promise<T>,
    url: string,
  ) => {
    const client = mongoClient(url);
    try {
      return await work(client.db());
    } finally {
      await client.close();
    }
  };
  const open = async (url: string, days = 90, openedBy: 'service' | 'tool' = 'service') => {
    const store = await openMongoStore(url, mongoOptions(systemClock, { auditRetentionMs: days * DAY_MS, openedBy }));
    await store.close();
  };
  const auditAge = (url: string) =>
    database(async (db) => {
      const indexes = await db.collection('audit_events').indexes();
      return indexes.find(({ key }) => key.occurredAt === 1)?.expireAfterSeconds;
    }, url);

  test('are asked for by no command when all are there', async () => {
    const url = watchedUrl();
    await open(url);
    const commands: string[] = [];
    const opening = openMongoStore(url, mongoOptions(systemClock));
    lastConnection()
      .getClient()
      .on('commandStarted', ({ commandName }) => commands.push(commandName));
    await (await opening).close();
    expect(commands).toContain('listIndexes');
    expect(commands).not.toContain('createIndexes');
    expect(commands).not.toContain('collMod');
  });

  test('count under whatever name when they mean the same', async () => {
    const url = testDatabaseUrl();
    await database(async (db) => {
      await db.collection('users').createIndex({ emailKey: 1 }, { unique: true, name: 'made_by_hand' });
      await db.collection('sessions').createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, name: 'gone' });
    }, url);
    await open(url);
    await database(async (db) => {
      const names = (await db.collection('users').indexes()).map(({ name }) => name);
      const own = ['usernameKey_1', 'externalId_1', 'importedHashCost_1', 'roles_1__id_1', 'kind_1__id_1'];
      expect(names).toEqual(['_id_', 'made_by_hand', ...own]);
    }, url);
    expect((await inspectMongoStore(url)).missingIndexes).toEqual([]);
  });

  test.each([
    ['of the same fields, not unique', { emailKey: 1 }, {}, 'emailKey_1'],
    ['of the same name, on other fields', { other: 1 }, { name: 'emailKey_1' }, 'emailKey_1'],
  ] as const)('that are in the way are named: one %s', async (_, fields, options, name) => {
    const url = testDatabaseUrl();
    await database((db) => db.collection('users').createIndex(fields, options), url);
    const refused = {
      name: 'StoreRefusedError',
      message: `The collection users has the index ${name}, in the way of the one on emailKey (unique): drop it, then start again`,
    };
    await expect(open(url)).rejects.toMatchObject(refused);
    await expect(migrateMongoStore(url, DAY_MS)).rejects.toMatchObject(refused);
  });

  test('that the data does not allow say which field it is', async () => {
    const url = testDatabaseUrl();
    await database((db) => db.collection('users').insertMany([{ emailKey: 'a' }, { emailKey: 'a' }]), url);
    await expect(open(url)).rejects.toMatchObject({
      message: 'The collection users holds documents with the same emailKey: remove the duplicates, then start again',
    });
  });

  test('follow AUDIT_RETENTION_DAYS of a service, and not that of a tool or of migrate', async () => {
    const url = testDatabaseUrl();
    await open(url, 90);
    expect(await auditAge(url)).toBe(90 * 86_400);
    await open(url, 30, 'tool');
    await migrateMongoStore(url, 30 * DAY_MS);
    expect(await auditAge(url)).toBe(90 * 86_400);
    await open(url, 365);
    expect(await auditAge(url)).toBe(365 * 86_400);
    expect((await inspectMongoStore(url)).missingIndexes).toEqual([]);
  });
});
