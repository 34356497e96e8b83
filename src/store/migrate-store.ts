import { parseMongoUrl } from './mongo/connection/database-url';
import { describeCollisions } from './name-collision';
import type { Database } from './open-store';

/** For people: the directory, or the URL without its credentials. @throws StoreRefusedError */
export function describeDatabase(database: Database): string {
  return database.kind === 'embedded' ? database.directory : parseMongoUrl(database.url).description;
}

/**
 * Builds what the engine needs before a service starts, as the start does too; says for people what was done. Repeated
 * without harm.
 *
 * @throws StoreRefusedError when the data does not allow it; AuthError STORE_UNAVAILABLE
 */
export async function migrateStore(database: Database, auditRetentionMs: number): Promise<string> {
  if (database.kind === 'embedded') return 'The embedded store has no indexes to build; there was nothing to do';
  // Loaded when needed, as in open-store.ts.
  const { migrateMongoStore } = require('./mongo/open-mongo-store') as typeof import('./mongo/open-mongo-store');
  const collisions = await migrateMongoStore(database.url, auditRetentionMs);
  if (collisions.length > 0) return `Every index is built. ${describeCollisions(collisions)}`;
  return 'Every index is built';
}
