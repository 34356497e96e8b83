import os from 'node:os';
import mongoose, { type Connection, type ConnectOptions, mongo } from 'mongoose';
import { AuthError } from '../../auth/errors';
import { type PoolReading, StoreRefusedError } from '../store';
import { within } from './operation';
import { watchPool } from './pool-watch';
import { isAccessRefusal, isSystemError, nameOf, translate } from './store-errors';

/** How long the start waits for a server. */
const START_TIMEOUT_MS = 10_000;
const DEFAULT_DATABASE = 'postern';

const CONNECT_OPTIONS = {
  appName: 'postern',
  bufferCommands: false,
  autoCreate: false,
  autoIndex: false,
  readPreference: 'primary',
  readConcernLevel: 'majority',
  writeConcern: { w: 'majority', journal: true },
  serverSelectionTimeoutMS: START_TIMEOUT_MS,
  connectTimeoutMS: 5_000,
  // A connection on which nothing came back for so long is dead; calls have given up long before.
  socketTimeoutMS: 60_000,
  heartbeatFrequencyMS: 2_000,
  // Otherwise the driver imports it in a way that jest cannot follow.
  runtimeAdapters: { os },
} satisfies ConnectOptions;

/** How the server keeps its data, as far as it matters here. */
export interface Deployment {
  /** Whether there are change streams: on a replica set and on a sharded cluster, not on a standalone server. */
  readonly streams: boolean;
}

interface Connected {
  readonly connection: Connection;
  readonly pool: () => PoolReading;
  readonly deployment: Deployment;
}

/** @throws StoreRefusedError; AuthError STORE_UNAVAILABLE when no server answers */
export async function connect(url: string): Promise<Connected> {
  const connection = newConnection(url);
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
    if (isUrlFault(error)) throw malformed();
    if (isAccessRefusal(error)) {
      throw new StoreRefusedError(
        'MongoDB refused the user or the password of DATABASE_URL, or the rights are not enough',
      );
    }
    throw translate(error);
  }
}

function newConnection(url: string): Connection {
  const connection = mongoose.createConnection(url, { ...CONNECT_OPTIONS, dbName: databaseOf(url) });
  connection.set('strictQuery', true);
  connection.set('sanitizeFilter', true);
  return connection;
}

/** Whether the driver did not even try; its text repeats the URL, and with it the password. */
function isUrlFault(error: unknown): boolean {
  const tried =
    error instanceof AuthError ||
    error instanceof mongo.MongoServerError ||
    error instanceof mongo.MongoNetworkError ||
    nameOf(error).endsWith('ServerSelectionError') ||
    (isSystemError(error) && !nameOf(error).startsWith('TypeError'));
  return !tried;
}

const SHAPE = /^(mongodb(?:\+srv)?:\/\/)(?:[^/?]*@)?([^@/?]+)(?:\/([^?]*))?(?:\?|$)/;

/** The URL for people: no user, no password, no options. @throws StoreRefusedError */
export function describeUrl(url: string): string {
  const [, scheme = '', hosts = ''] = shapeOf(url);
  return `${scheme}${hosts}/${databaseOf(url)}`;
}

function databaseOf(url: string): string {
  const [, , , name = ''] = shapeOf(url);
  return name === '' ? DEFAULT_DATABASE : decodeURIComponent(name);
}

function shapeOf(url: string): RegExpExecArray {
  const shape = SHAPE.exec(url);
  if (shape === null) throw malformed();
  return shape;
}

function malformed(): StoreRefusedError {
  return new StoreRefusedError('DATABASE_URL is no MongoDB URL, such as mongodb://user:password@host:27017/postern');
}

function none(): never {
  throw new mongo.MongoNotConnectedError('Not connected');
}
