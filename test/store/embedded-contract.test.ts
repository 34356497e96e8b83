import { storeContract } from '../contract/store/store.contract';
import { openFreshEmbedded } from '../support/embedded/embedded';

describe('The embedded store', () => {
  storeContract(openFreshEmbedded);
});
