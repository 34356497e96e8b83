import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/auth/clock';
import { type EmbeddedStore, openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store';
import type { StoreOptions } from '../../../src/store/store';
import type { OpenedStore, OpenFresh } from '../../contract/store/opened-store';
import { TestClock } from '../domain/clock';

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'postern-'));
}

/** Options of a service that collects what goes wrong. */
export function storeOptions(overrides: Partial<StoreOptions> = {}, problems: unknown[] = []): StoreOptions {
  return {
    openedBy: 'service',
    clock: systemClock,
    revocationWindowMs: 3_600_000,
    auditRetentionMs: 90 * 86_400_000,
    onProblem: (problem, cause) => problems.push([problem, cause]),
    onFatal: (cause) => problems.push(cause),
    ...overrides,
  };
}

/** The embedded store in a directory of its own, for the contract suite. */
export const openFreshEmbedded: OpenFresh = async (overrides = {}) => {
  const directory = await temporaryDirectory();
  const clock = new TestClock();
  const problems: unknown[] = [];
  const options = storeOptions({ clock, ...overrides }, problems);
  const opened: EmbeddedStore[] = [];
  let { auditRetentionMs } = options;
  const open = async (openedBy: StoreOptions['openedBy']) => {
    const store = await openEmbeddedStore(directory, { ...options, auditRetentionMs, openedBy });
    opened.push(store);
    return store;
  };
  let service = await open('service');
  const fixture: OpenedStore = {
    store: service,
    clock,
    problems,
    another: () => open('tool'),
    reopen: async (changed = {}) => {
      await service.close();
      auditRetentionMs = changed.auditRetentionMs ?? auditRetentionMs;
      service = await open('service');
      return service;
    },
    swept: () => service.sweep(),
    rawData: async () => {
      const names = (await readdir(directory)).filter((name) => name.endsWith('.mdb'));
      return Buffer.concat(await Promise.all(names.map((name) => readFile(join(directory, name)))));
    },
    destroy: async () => {
      for (const store of opened) await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return fixture;
};
