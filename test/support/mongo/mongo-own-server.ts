import { systemClock } from '../../../src/auth/clock';
import { openMongoStore } from '../../../src/store/mongo/open-mongo-store';
import type { Store } from '../../../src/store/store';
import { fixture } from '../domain/fixture';
import { freshDatabase } from './mongo';
import type { MongoCluster } from './mongo-cluster';
import { mongoOptions } from './mongo-opened-store';

/** A server for the tests of the describe block alone, to be harmed, and a store on it. */
export function ownServer(
  start: () => Promise<MongoCluster>,
): () => { readonly server: MongoCluster; readonly store: Store } {
  return fixture(
    async () => {
      const server = await start();
      return { server, store: await openMongoStore(server.url(freshDatabase()), mongoOptions(systemClock)) };
    },
    async ({ server, store }) => {
      await store.close();
      await server.stop();
    },
  );
}
