/**
 * Opens something before the tests of the describe block, which share it, and closes it after them; there once a test
 * runs.
 */
export function fixture<T>(open: () => Promise<T>, close: (opened: T) => Promise<unknown>): () => T {
  let opened: T | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(async () => {
    if (opened !== undefined) await close(opened);
  });
  return () => {
    if (opened === undefined) throw new Error('Opened before the first test');
    return opened;
  };
}
