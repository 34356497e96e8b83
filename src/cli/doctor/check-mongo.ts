import type { Secrets, Settings } from '../../config/config';
import { inspectMongoStore } from '../../store/mongo/inspect-mongo-store';
import { checkClock } from './check-clock';
import { checkKeys } from './check-keys';
import { type Finding, fault, ok, warning } from './finding';

/** @throws StoreRefusedError; AuthError STORE_UNAVAILABLE */
export async function checkMongo(url: string, settings: Settings, secrets: Secrets | undefined): Promise<Finding[]> {
  const found = await inspectMongoStore(url);
  const what = `${found.description} answers (MongoDB ${found.version})`;
  const missing = found.missingIndexes;
  return [
    found.isReplicated
      ? ok('store', what)
      : warning('store', `${what}, a standalone server: use a replica set where data must outlive a machine`),
    missing.length === 0
      ? ok('indexes', 'Every index is there')
      : fault('indexes', `Missing: ${missing.join(', ')}; run: postern migrate`),
    checkClock(found.clockAheadMs, found.roundTripMs / 2),
    checkKeys(settings.tokens.algorithm, found.signingKeys, secrets),
  ];
}
