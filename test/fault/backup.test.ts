import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { status as Status } from '@grpc/grpc-js';
import { ReplicaClient } from '../support/load/replica-client';
import { freshDatabase, testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { startService, workingDirectory } from '../support/processes/service-process';

jest.setTimeout(120_000);

const SECRET_KEY = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';
const ENV = {
  REFRESH_GRACE_SECONDS: '0',
  LOGIN_LIMIT_PER_MINUTE: '0',
  REGISTER_LIMIT_PER_MINUTE: '0',
  HTTP_ADDRESS: '127.0.0.1:0',
};
const url = testDatabaseUrl();
const mongo = mongoClient(url);
let directory: Awaited<ReturnType<typeof workingDirectory>>;

beforeAll(async () => {
  directory = await workingDirectory();
});
afterAll(async () => {
  await mongo.db().dropDatabase();
  await mongo.close();
  await directory.remove();
});

/** The service on this store for as long as `work` takes, then stopped. */
async function whileServing<T>(databaseUrl: string, work: (client: ReplicaClient) => Promise<T>): Promise<T> {
  const service = await startService(directory.path, { SECRET_KEY, DATABASE_URL: databaseUrl, ...ENV });
  const client = new ReplicaClient(service.grpcAddress);
  try {
    return await work(client);
  } finally {
    client.close();
    expect((await service.stop()).code).toBe(0);
  }
}

/** The steps of docs/repair.md: the service is stopped, its data directory is copied, and the copy replaces it. */
function embedded() {
  const at = (name: string) => join(directory.path, name);
  const backUp = () => cp(at('data'), at('backup'), { recursive: true });
  const restore = async () => {
    await rename(at('data'), at('lost'));
    await cp(at('backup'), at('data'), { recursive: true });
    return `file:${at('data')}`;
  };
  return { databaseUrl: `file:${at('data')}`, backUp, restore };
}

/** All collections, as a dump writes them and a restore brings them back; the indexes are made by the start. */
function mongodb() {
  const backup = freshDatabase();
  const copy = async (from: string, to: string) => {
    for (const { name } of await mongo.db(from).listCollections().toArray()) {
      const documents = await mongo.db(from).collection(name).find().toArray();
      if (documents.length > 0) await mongo.db(to).collection(name).insertMany(documents);
    }
  };
  const backUp = () => copy(mongo.db().databaseName, backup);
  const restore = async () => {
    await mongo.db().dropDatabase();
    await copy(backup, mongo.db().databaseName);
    await mongo.db(backup).dropDatabase();
    return url;
  };
  return { databaseUrl: url, backUp, restore };
}

test.each([
  ['embedded', embedded],
  ['MongoDB', mongodb],
])('a restored backup of the %s store has what it had; refresh tokens newer than it are refused, and end nothing', async (_, engine) => {
  const { databaseUrl, backUp, restore } = engine();
  const tokens = await whileServing(databaseUrl, async (client) => {
    expect((await client.register('before')).text).toBe('OK');
    return client.login('before');
  });
  await backUp();
  const newer = await whileServing(databaseUrl, async (client) => {
    expect((await client.register('after')).text).toBe('OK');
    const first = await client.refresh(tokens.refreshToken);
    return client.refresh(first.response?.refreshToken ?? '');
  });
  expect(newer.text).toBe('OK');
  await whileServing(await restore(), async (client) => {
    expect((await client.validate(newer.response?.accessToken ?? '')).text).toBe('OK');
    await expect(client.login('after')).rejects.toThrow('UNAUTHENTICATED');
    expect((await client.refresh(newer.response?.refreshToken ?? '')).code).toBe(Status.UNAUTHENTICATED);
    expect((await client.validate(tokens.accessToken, { fresh: true })).text).toBe('OK');
    expect((await client.refresh(tokens.refreshToken)).text).toBe('OK');
    await client.login('before');
    expect((await client.register('after')).text).toBe('OK');
  });
});
