import type { OpenedStore, OpenFresh } from './opened-store';

/** Opens a fresh store for the tests of one group; they share it, so each makes rows of its own. */
export function storeFixture(open: OpenFresh, options?: Parameters<OpenFresh>[0]): () => OpenedStore {
  let opened: OpenedStore | undefined;
  beforeAll(async () => {
    opened = await open(options);
  });
  afterAll(async () => {
    await opened?.destroy();
  });
  return () => {
    if (opened === undefined) throw new Error('Opened before the first test');
    return opened;
  };
}
