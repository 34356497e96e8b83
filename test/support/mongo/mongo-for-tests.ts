import { MongoMemoryReplSet } from 'mongodb-memory-server-core';
import { dockerAnswers, startContainer } from './mongo-container';
import { mongodBinary } from './mongod-binary';
import { MONGOD_ARGS } from './mongod-process';

/** The MongoDB of one test run. */
export interface MongoForTests {
  readonly url: string;
  /** For people: which one it is. */
  readonly description: string;
  stop(): Promise<void>;
}

/** `MONGODB_URI`, else a container, else a mongod of our own. @throws when none can be had, saying what to install */
export async function startMongoForTests(): Promise<MongoForTests> {
  const given = process.env.MONGODB_URI;
  if (given !== undefined && given !== '') return { url: given, description: 'MONGODB_URI', stop: async () => {} };
  return (await inContainer()) ?? (await inMemory());
}

async function inContainer(): Promise<MongoForTests | undefined> {
  if (!(await dockerAnswers())) return undefined;
  try {
    const { url, container } = await startContainer();
    const stop = async () => {
      await container.stop();
    };
    return { url, description: 'a container (testcontainers)', stop };
  } catch (error) {
    process.stderr.write(`A Docker engine answers, but the container cannot be had: ${error}\n`);
    return undefined;
  }
}

async function inMemory(): Promise<MongoForTests> {
  const { path, origin } = await mongodBinary();
  process.env.MONGOMS_SYSTEM_BINARY_VERSION_CHECK = 'false';
  const set = await MongoMemoryReplSet.create({
    binary: { systemBinary: path },
    replSet: { count: 1, storageEngine: 'wiredTiger', args: [...MONGOD_ARGS] },
  });
  const stop = async () => {
    await set.stop();
  };
  return { url: set.getUri(), description: `mongodb-memory-server, mongod from ${origin}`, stop };
}
