import type { Connection } from 'mongoose';
import type { StoredSigningKey } from '../../auth/tokens/signing-keys';
import type { ReplicaSecrets } from '../replica-secrets';
import type { RowCounts } from '../row-counts';
import { countRows } from './collections/count-rows';
import { fromDocument } from './collections/documents';
import { findMissingIndexes } from './collections/indexes';
import { type Models, modelsOn } from './collections/models';
import { type OperationOptions, within } from './commands/operation';
import { acknowledgedNoOp } from './connection/acknowledged-write';
import { connect, type Deployment } from './connection/connection';
import { parseMongoUrl } from './connection/database-url';
import { findMissingRights } from './connection/missing-rights';
import { explainRefusal, readReason } from './connection/server-refusal';
import { findReplicas } from './mongo-replica-announcements';

export interface MongoInspection {
  /** The URL without its credentials. */
  readonly description: string;
  readonly version: string;
  /** Whether it has change streams: a replica set has. */
  readonly isReplicated: boolean;
  /** `collection (fields)` of each index that the service needs and that is not there. */
  readonly missingIndexes: readonly string[];
  /** Actions of MongoDB that the user lacks on this database; empty without authentication. */
  readonly missingRights: readonly string[];
  /** Why a majority acknowledges no write; undefined when it does. */
  readonly writeFault: string | undefined;
  readonly rows: RowCounts;
  /** How far the server's clock is ahead of this machine's, in ms; the truth is within half of `roundTripMs`. */
  readonly clockAheadMs: number;
  readonly roundTripMs: number;
  /** Every process of the service that runs on it. */
  readonly replicas: readonly ReplicaSecrets[];
  /** In the order of `sequence`. */
  readonly signingKeys: readonly StoredSigningKey[];
}

const TIMEOUT_MS = 10_000;
const WRITE_TIMEOUT_MS = 3_000;

/**
 * Looks at a database and changes nothing, not even what is missing.
 *
 * @throws StoreRefusedError; AuthError STORE_UNAVAILABLE when no server answers within 10 s
 */
export async function inspectMongoStore(url: string): Promise<MongoInspection> {
  const { connection, deployment } = await connect(url);
  try {
    const found = await within(TIMEOUT_MS, (options) => inspect(connection, deployment, options));
    return { description: parseMongoUrl(url).description, ...found };
  } catch (error) {
    throw explainRefusal(error) ?? error;
  } finally {
    await connection.close(true).catch(() => undefined);
  }
}

async function inspect(connection: Connection, { streams }: Deployment, options: OperationOptions) {
  const models = modelsOn(connection);
  const admin = connection.getClient().db('admin');
  const { version } = await admin.command({ buildInfo: 1 }, options);
  const startedAt = Date.now();
  const { localTime } = await admin.command({ hello: 1 }, options);
  const endedAt = Date.now();
  const missingRights = await findMissingRights(connection, streams, options);
  const keys = await models.signingKeys.find({}, null, options).sort({ sequence: 1 }).lean().exec();
  return {
    version: String(version),
    isReplicated: streams,
    missingRights,
    writeFault: missingRights.includes('update') ? undefined : await findWriteFault(models, options),
    missingIndexes: await findMissingIndexes(models),
    rows: await countRows(models, options),
    clockAheadMs: Number(localTime) - (startedAt + endedAt) / 2,
    roundTripMs: endedAt - startedAt,
    replicas: await findReplicas(models.replicas, options),
    signingKeys: keys.map((key) => fromDocument<StoredSigningKey>(key)),
  };
}

/** Changes nothing; see `acknowledgedNoOp`. */
async function findWriteFault({ users }: Models, options: OperationOptions): Promise<string | undefined> {
  try {
    await acknowledgedNoOp(users, WRITE_TIMEOUT_MS, options);
    return undefined;
  } catch (error) {
    if (explainRefusal(error) !== undefined) throw error;
    return error instanceof Error ? readReason(error) : String(error);
  }
}
