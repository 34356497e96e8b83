import type { Connection } from 'mongoose';
import { missingStoreText } from '../missing-store';
import { COLLISION_PROBLEM, describeCollisions, type NameCollision } from '../name-collision';
import { type Store, type StoreOptions, StoreRefusedError } from '../store';
import { MongoApiKeys } from './api-keys/mongo-api-keys';
import { countRows } from './collections/count-rows';
import { applyRetention, buildIndexes, hasIndexes, type Retention } from './collections/indexes';
import { type Models, modelsOn } from './collections/models';
import { duringCall, within } from './commands/operation';
import { translate } from './commands/store-errors';
import { WriteCheck } from './connection/acknowledged-write';
import { connect } from './connection/connection';
import { parseMongoUrl } from './connection/database-url';
import { explainRefusal } from './connection/server-refusal';
import { MongoLoginFailures } from './login-failures/mongo-login-failures';
import { MongoMailLimits } from './mail/mongo-mail-limits';
import { MongoMailOutbox } from './mail/mongo-mail-outbox';
import { MongoAccountTokens } from './mongo-account-tokens';
import { MongoAuditLog } from './mongo-audit-log';
import { MongoReplicaAnnouncements } from './mongo-replica-announcements';
import { MongoSigningKeys } from './mongo-signing-keys';
import { MongoRevocationFeed } from './revocation-feed/mongo-revocation-feed';
import { MongoSessions } from './sessions/mongo-sessions';
import { ServerTime } from './sessions/server-time';
import { AdminList } from './users/admin-list';
import { MongoUsers } from './users/mongo-users';
import { rekeyNames } from './users/rekey-names';

const CLOSE_TIMEOUT_MS = 2_000;
const FIRST_PING_MS = 2_000;

/**
 * Connects and builds the missing indexes.
 *
 * @throws StoreRefusedError; AuthError STORE_UNAVAILABLE when no server answers within 10 s
 */
export async function openMongoStore(url: string, options: StoreOptions): Promise<Store> {
  const { description } = parseMongoUrl(url);
  const { connection, pool, deployment } = await connect(url);
  const models = modelsOn(connection);
  try {
    if (options.mustExist === true && !(await hasIndexes(models.users))) {
      throw new StoreRefusedError(missingStoreText(description));
    }
    await prepareIndexes(models, options);
    const collisions = await rekeyNames(models);
    if (collisions.length > 0) options.onProblem(COLLISION_PROBLEM, new Error(describeCollisions(collisions)));
  } catch (error) {
    await closeConnection(connection);
    throw explainRefusal(error) ?? translate(error);
  }
  const serverTime = new ServerTime();
  const writeCheck = new WriteCheck(models.users);
  await ping(models, writeCheck, serverTime, FIRST_PING_MS).catch((cause) =>
    options.onProblem('MongoDB did not report its time', cause),
  );
  const { clock, auditRetentionMs } = options;
  const revocationFeed = new MongoRevocationFeed(models.revocations, deployment, options);
  return {
    kind: 'mongodb',
    description,
    users: new MongoUsers(models.users, new AdminList(models.admins, models.users), options.onProblem),
    sessions: new MongoSessions(models.sessions, clock, serverTime),
    loginFailures: new MongoLoginFailures(models.loginFailures),
    revocationFeed,
    auditLog: new MongoAuditLog(models.auditEvents, clock, auditRetentionMs),
    apiKeys: new MongoApiKeys(models.apiKeys, models.users),
    mailOutbox: new MongoMailOutbox(models.mailOutbox),
    accountTokens: new MongoAccountTokens(models.accountTokens),
    mailLimits: new MongoMailLimits(models.mailCounts),
    signingKeys: new MongoSigningKeys(models.signingKeys),
    replicas: new MongoReplicaAnnouncements(models.replicas),
    pool,
    ping: (timeoutMs) => ping(models, writeCheck, serverTime, timeoutMs),
    countRows: (call) => duringCall(call, (options) => countRows(models, options)),
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
export async function migrateMongoStore(url: string, auditRetentionMs: number): Promise<NameCollision[]> {
  const { connection } = await connect(url);
  try {
    const models = modelsOn(connection);
    await buildIndexes(models, auditRetention(auditRetentionMs));
    return await rekeyNames(models);
  } catch (error) {
    throw explainRefusal(error) ?? translate(error);
  } finally {
    await closeConnection(connection);
  }
}

async function prepareIndexes(models: Models, { openedBy, auditRetentionMs, onProblem }: StoreOptions): Promise<void> {
  const retention = auditRetention(auditRetentionMs);
  await buildIndexes(models, retention);
  if (openedBy === 'tool') return;
  await applyRetention(models, retention).catch((cause: unknown) =>
    onProblem('AUDIT_RETENTION_DAYS could not be applied: audit events are kept as long as before', cause),
  );
}

/** How long audit events are kept, as an index says it. */
function auditRetention(auditRetentionMs: number): Retention {
  return { audit_events: Math.round(auditRetentionMs / 1_000) };
}

/** Resolves when a majority acknowledges writes, with the journal. */
function ping({ users }: Models, writeCheck: WriteCheck, serverTime: ServerTime, timeoutMs: number): Promise<void> {
  return within(timeoutMs, async (options) => {
    await writeCheck.run(timeoutMs, options);
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
