import type { Secrets, Settings } from '../../config/config';
import { inspectMongoStore, type MongoInspection } from '../../store/mongo/inspect-mongo-store';
import { checkClock } from './check-clock';
import { checkKeys } from './check-keys';
import { checkSecret } from './check-secret';
import { checkSize } from './check-size';
import { type Finding, fault, ok, warning } from './finding';

/** @throws StoreRefusedError; AuthError STORE_UNAVAILABLE */
export async function checkMongo(url: string, settings: Settings, secrets: Secrets | undefined): Promise<Finding[]> {
  const found = await inspectMongoStore(url);
  const missing = found.missingIndexes;
  return [
    storeFinding(found),
    checkSize(found.rows),
    rightsFinding(found),
    missing.length === 0
      ? ok('indexes', 'Every index is there')
      : fault('indexes', `Missing: ${missing.join(', ')}; run: postern migrate`),
    checkClock(found.clockAheadMs, found.roundTripMs / 2),
    checkKeys(settings.tokens.algorithm, found.signingKeys, secrets),
    checkSecret(found.replicas, secrets),
  ];
}

function storeFinding({ description, version, isReplicated, writeFault }: MongoInspection): Finding {
  const what = `${description} answers (MongoDB ${version})`;
  if (writeFault !== undefined) {
    const advice = 'a majority of the members that bear data must be up: look at rs.status()';
    return fault('store', `${what}, but acknowledges no write (${writeFault}): ${advice}`);
  }
  if (isReplicated) return ok('store', what);
  return warning('store', `${what}, a standalone server: use a replica set where data must outlive a machine`);
}

/** What builds and changes indexes is wanted only when some are missing or a setting changes. */
const OPTIONAL: ReadonlySet<string> = new Set(['createCollection', 'createIndex', 'collMod']);

function rightsFinding({ missingRights }: MongoInspection): Finding {
  if (missingRights.length === 0) return ok('rights', 'The user may do all that the service does');
  const message = `The user lacks ${missingRights.join(', ')}: docs/mongodb/create-user.js makes one with the least rights`;
  if (missingRights.some((right) => !OPTIONAL.has(right))) return fault('rights', message);
  return warning('rights', `${message}; without these, indexes that are missing are not built`);
}
