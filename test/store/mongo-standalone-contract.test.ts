import { storeContract } from '../contract/store/store.contract';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startStandalone } from '../support/mongo/mongo-cluster';
import { openFreshOn } from '../support/mongo/mongo-opened-store';

let server: MongoCluster;
beforeAll(async () => {
  server = await startStandalone();
});
afterAll(() => server.stop());

describe('MongoDB, a standalone server', () => {
  storeContract(openFreshOn(() => server.url(freshDatabase())));
});
