import type { Connection } from 'mongoose';
import { COLLISION_PROBLEM, describeCollisions, type NameCollision } from '../name-collision';
import type { Store, StoreOptions } from '../store';
import { AdminList } from './admin-list';
import { connect, describeUrl } from './connection';
import { buildIndexes } from './indexes';
import { type Models, modelsOn } from './models';
import { MongoAuditLog } from './mongo-audit-log';
import { MongoLoginFailures } from './mongo-login-failures';
import { MongoRevocationFeed } from './mongo-revocation-feed';
import { MongoSessions } from './mongo-sessions';
import { MongoSigningKeys } from './mongo-signing-keys';
import { MongoUsers } from './mongo-users';
import { within } from './operation';
import { rekeyNames } from './rekey-names';
import { ServerTime } from './server-time';
import { translate } from './store-errors';

const CLOSE_TIMEOUT_MS = 2_000;
const FIRST_PING_MS = 2_000;

/**
 * Connects and builds the missing indexes.
 *
 * @throws StoreRefusedError; AuthError STORE_UNAVAILABLE when no server answers within 10 s
 */
export async function openMongoStore(url: string, options: StoreOptions): Promise<Store> {
  const description = describeUrl(url);
  const { connection, pool, deployment } = await connect(url);
  const models = modelsOn(connection);
  try {
    await buildIndexes(models);
    const collisions = await rekeyNames(models);
    if (collisions.length > 0) options.onProblem(COLLISION_PROBLEM, new Error(describeCollisions(collisions)));
  } catch (error) {
    await closeConnection(connection);
    throw translate(error);
  }
  const serverTime = new ServerTime();
  await ping(models, serverTime, FIRST_PING_MS).catch((cause) =>
    options.onProblem('MongoDB did not tell its time', cause),
  );
  const { clock, revocationWindowMs, auditRetentionMs } = options;
  const revocationFeed = new MongoRevocationFeed(models.revocations, clock, revocationWindowMs, deployment);
  return {
    kind: 'mongodb',
    description,
    users: new MongoUsers(models.users, new AdminList(models.admins, models.users), options.onProblem),
    sessions: new MongoSessions(models.sessions, clock, serverTime),
    loginFailures: new MongoLoginFailures(models.loginFailures),
    revocationFeed,
    auditLog: new MongoAuditLog(models.auditEvents, clock, auditRetentionMs),
    signingKeys: new MongoSigningKeys(models.signingKeys),
    pool,
    ping: (timeoutMs) => ping(models, serverTime, timeoutMs),
    close: async () => {
      await revocationFeed.close();
      await closeConnection(connection);
    },
  };
}

/**
 * Builds the missing indexes of the database at `url` and brings the keys of names to those in force, as the start
 * does.
 *
 * @throws as `openMongoStore`
 */
export async function migrateMongoStore(url: string): Promise<NameCollision[]> {
  const { connection } = await connect(url);
  try {
    const models = modelsOn(connection);
    await buildIndexes(models);
    return await rekeyNames(models);
  } catch (error) {
    throw translate(error);
  } finally {
    await closeConnection(connection);
  }
}

function ping({ users }: Models, serverTime: ServerTime, timeoutMs: number): Promise<void> {
  return within(timeoutMs, async (options) => {
    // Answered by a primary only; a majority of the set stands behind what it reads.
    await users.collection.findOne({ _id: '' as never }, { ...options, projection: { _id: 1 } });
    const askedAt = Date.now();
    const { localTime } = await users.db.getClient().db('admin').command({ hello: 1 }, options);
    serverTime.learn(localTime, askedAt, Date.now());
  });
}

/** A server that hangs must not hold up the end of the process. */
async function closeConnection(connection: Connection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([connection.close().catch(() => undefined), timeout]);
  clearTimeout(timer);
}
