import type { Database } from '../../src/store/open-store';
import { startMongoForTests } from '../../test/support/mongo-for-tests';
import { temporaryDatabase } from '../seed';

export interface StoreUnderTest {
  readonly name: string;
  readonly database: Database;
  readonly url: string;
  remove(): Promise<void>;
}

/** Both engines; MongoDB as the tests have it. */
export async function bothStores(): Promise<StoreUnderTest[]> {
  const embedded = temporaryDatabase();
  const mongo = await startMongoForTests();
  const url = mongo.url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/postern-bench-${process.pid}`);
  return [
    { name: 'embedded', ...embedded, remove: async () => embedded.remove() },
    { name: 'MongoDB', database: { kind: 'mongodb', url }, url, remove: () => mongo.stop() },
  ];
}
