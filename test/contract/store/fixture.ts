import { fixture } from '../../support/domain/fixture';
import type { OpenedStore, OpenFresh } from './opened-store';

/** Opens a fresh store for the tests of one group; they share it, so each makes rows of its own. */
export function storeFixture(open: OpenFresh, options?: Parameters<OpenFresh>[0]): () => OpenedStore {
  return fixture(
    () => open(options),
    (opened) => opened.destroy(),
  );
}
