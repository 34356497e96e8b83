import { storeContract } from '../contract/store/store.contract';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { openFreshOn } from '../support/mongo/mongo-opened-store';

describe('MongoDB, a replica set', () => {
  storeContract(openFreshOn(testDatabaseUrl));
});
