import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import type { Database } from '../../src/store/open-store';
import { mongoClient } from '../../test/support/mongo/mongo-client';
import { startMongoForTests } from '../../test/support/mongo/mongo-for-tests';
import { temporaryDatabase } from '../seed';

export interface StoreUnderTest {
  readonly name: string;
  readonly database: Database;
  readonly url: string;
  /** The process that keeps the data: 0 when it is the service itself, undefined when it is not on this machine. */
  readonly enginePid: number | undefined;
  remove(): Promise<void>;
}

/** Both engines; MongoDB as the tests have it. */
export async function bothStores(): Promise<StoreUnderTest[]> {
  const mongo = await startMongoForTests();
  // A database of its own for each: a server that was given (MONGODB_URI) is the same one every time.
  const database = `postern-bench-${process.pid}-${randomUUID().slice(0, 8)}`;
  return bothStoresIn(temporaryDatabase().directory, mongo.url, database, () => mongo.stop());
}

/** Both engines in a directory, and in a database of the server that `mongoUrl` names. */
export async function bothStoresIn(
  directory: string,
  mongoUrl: string,
  database: string,
  stop: () => Promise<void> = async () => {},
): Promise<StoreUnderTest[]> {
  const url = mongoUrl.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${database}`);
  return [
    {
      name: 'embedded',
      enginePid: 0,
      database: { kind: 'embedded', directory },
      url: `file:${directory}`,
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    },
    {
      name: 'MongoDB',
      enginePid: await mongodPid(url),
      database: { kind: 'mongodb', url },
      url,
      remove: async () => {
        await dropDatabase(url);
        await stop();
      },
    },
  ];
}

async function dropDatabase(url: string): Promise<void> {
  const client = await mongoClient(url).connect();
  await client.db().dropDatabase();
  await client.close();
}

/** As the server reports it, if that is a mongod of this machine's process ids. */
async function mongodPid(url: string): Promise<number | undefined> {
  const client = await mongoClient(url).connect();
  const { pid } = await client.db('admin').command({ serverStatus: 1 });
  await client.close();
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('mongod') ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}
