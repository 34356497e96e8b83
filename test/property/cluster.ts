import { createSecretKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import type { Store } from '../../src/store/store';
import { TestClock } from '../support/domain/clock';
import { storeOptions } from '../support/embedded/embedded';

const MEMORY = '/dev/shm';

/** One embedded store, opened once for each of two replicas, each with a clock of its own. */
export interface Cluster {
  readonly replicas: readonly { readonly store: Store; readonly clock: TestClock }[];
  close(): Promise<void>;
}

export async function openCluster(): Promise<Cluster> {
  const directory = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'postern-property-'));
  const open = async (openedBy: 'service' | 'tool') => {
    const clock = new TestClock();
    return { store: await openEmbeddedStore(directory, storeOptions({ clock, openedBy })), clock };
  };
  const replicas = [await open('service'), await open('tool')];
  return {
    replicas,
    async close() {
      for (const { store } of replicas) await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const SECRETS = [
  createSecretKey('the first secret of these tests, only', 'utf8'),
  createSecretKey('the second secret of these tests, only', 'utf8'),
] as const;
