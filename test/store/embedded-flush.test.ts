import { rm } from 'node:fs/promises';
import { open } from 'lmdb';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import type { Store } from '../../src/store/store';
import { aSession, aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { storeOptions, temporaryDirectory } from '../support/embedded/embedded';
import { newestRoot } from '../support/embedded/embedded-roots';

describe('The flush of the embedded store', () => {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    store = await openEmbeddedStore(directory, storeOptions());
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('comes before the acknowledgement: LMDB marks no acknowledged commit as one that is still to be flushed [G2]', async () => {
    for (let i = 0; i < 10; i += 1) {
      const before = newestRoot(directory).transaction;
      await store.users.insert(aUser(), testCall());
      expect(newestRoot(directory)).toEqual({ transaction: before + 1, flushed: true });
    }
    await Promise.all(Array.from({ length: 64 }, () => store.sessions.insert(aSession(), testCall())));
    expect(newestRoot(directory).flushed).toBe(true);
  });

  test('the durability flag is there where LMDB acknowledges before it flushes', async () => {
    const elsewhere = await temporaryDirectory();
    const early = open({ path: `${elsewhere}/data.mdb`, noSubdir: true, overlappingSync: true });
    await early.put('key', 'value');
    expect(newestRoot(elsewhere).flushed).toBe(false);
    await early.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  test('is one for all writes that come at the same moment', async () => {
    const before = newestRoot(directory).transaction;
    await Promise.all(Array.from({ length: 64 }, () => store.sessions.insert(aSession(), testCall())));
    expect(newestRoot(directory).transaction).toBe(before + 1);
  });
});
