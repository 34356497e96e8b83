import os from 'node:os';
import mongoose, { type Connection, type ConnectOptions, mongo } from 'mongoose';
import { AuthError } from '../../../auth/errors';
import type { PoolReading } from '../../store';
import { within } from '../commands/operation';
import { isSystemError, readErrorName, translate } from '../commands/store-errors';
import { explainFailure } from './connect-failure';
import { parseMongoUrl, unfitOptions } from './database-url';
import { watchPool } from './pool-watch';

/** How long the start waits for a server. */
const START_TIMEOUT_MS = 10_000;

/** Unless the URL says otherwise: how the servers are reached. */
const REACH_OPTIONS = {
  appName: 'postern',
  serverSelectionTimeoutMS: START_TIMEOUT_MS,
  connectTimeoutMS: 5_000,
  // A connection on which nothing came back for so long is dead; calls have given up long before.
  socketTimeoutMS: 60_000,
  heartbeatFrequencyMS: 2_000,
} satisfies ConnectOptions;

/** What no URL changes: parseMongoUrl refuses one that tries. */
const CONNECT_OPTIONS = {
  bufferCommands: false,
  autoCreate: false,
  autoIndex: false,
  readPreference: 'primary',
  readConcernLevel: 'majority',
  writeConcern: { w: 'majority', journal: true },
  // Otherwise the driver imports it in a way that jest cannot follow.
  runtimeAdapters: { os },
} satisfies ConnectOptions;

/** How the server keeps its data, as far as it matters here. */
export interface Deployment {
  /** Whether there are change streams: on a replica set, not on a standalone server. */
  readonly streams: boolean;
}

interface Connected {
  readonly connection: Connection;
  readonly pool: () => PoolReading;
  readonly deployment: Deployment;
}

/**
 * @throws StoreRefusedError with what to change, when waiting will not mend it; AuthError STORE_UNAVAILABLE, whose
 * cause says what to
 * look at, when no server answers within 10 s (`serverSelectionTimeoutMS` of the URL)
 */
export async function connect(url: string): Promise<Connected> {
  const parsed = parseMongoUrl(url);
  const reach = Object.entries(REACH_OPTIONS).filter(([name]) => !parsed.options.has(name.toLowerCase()));
  const options = { ...Object.fromEntries(reach), ...CONNECT_OPTIONS, dbName: parsed.database };
  const connection = mongoose.createConnection(url, options);
  connection.set('strictQuery', true);
  connection.set('sanitizeFilter', true);
  const pool = watchPool(connection);
  try {
    await connection.asPromise();
    const hello = await within(
      START_TIMEOUT_MS,
      (options) => connection.db?.admin().command({ hello: 1 }, options) ?? none(),
    );
    return { connection, pool, deployment: { streams: hello.setName !== undefined || hello.msg === 'isdbgrid' } };
  } catch (error) {
    await connection.close(true);
    const explained = await explainFailure(error, parsed);
    if (explained !== undefined) throw explained;
    if (isUrlFault(error)) throw unfitOptions(parsed);
    throw translate(error);
  }
}

/** Whether the driver did not even try; its text repeats the URL, and with it the password. */
function isUrlFault(error: unknown): boolean {
  const tried =
    error instanceof AuthError ||
    error instanceof mongo.MongoServerError ||
    error instanceof mongo.MongoNetworkError ||
    readErrorName(error).endsWith('ServerSelectionError') ||
    (isSystemError(error) && !readErrorName(error).startsWith('TypeError'));
  return !tried;
}

function none(): never {
  throw new mongo.MongoNotConnectedError('Not connected');
}
