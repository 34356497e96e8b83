import { mongo } from 'mongoose';
import { openMongoStore } from '../../../src/store/mongo/open-mongo-store';
import type { Store, StoreOptions } from '../../../src/store/store';
import type { OpenedStore, OpenFresh } from '../../contract/store/opened-store';
import { TestClock } from '../domain/clock';
import { eventually } from '../domain/eventually';
import { mongoClient } from './mongo-client';

const HOUR_MS = 3_600_000;
/** What is kept until when, by collection. */
const KEPT_UNTIL = {
  account_tokens: 'removeAt',
  api_keys: 'removeAt',
  mail_counts: 'expireAt',
  replicas: 'expireAt',
  sessions: 'expiresAt',
  login_failures: 'expireAt',
  revocations: 'expireAt',
};

export function mongoOptions(clock: StoreOptions['clock'], overrides: Partial<StoreOptions> = {}): StoreOptions {
  return {
    openedBy: 'service',
    clock,
    revocationWindowMs: HOUR_MS,
    auditRetentionMs: 90 * 24 * HOUR_MS,
    onProblem: (problem, cause) => {
      // What a test that harms a server brings about.
      if (problem.startsWith('The revocation feed is broken')) return;
      throw new Error(problem, { cause });
    },
    onFatal: (cause) => {
      throw cause;
    },
    ...overrides,
  };
}

/** Opens stores for the contract suite, each on the fresh database that `databaseUrl` names. */
export function openFreshOn(databaseUrl: () => string): OpenFresh {
  return async (chosen = {}) => {
    const url = databaseUrl();
    const clock = new TestClock();
    const problems: unknown[] = [];
    const heard = (...what: unknown[]) => problems.push(what);
    const options = mongoOptions(clock, { ...chosen, onProblem: heard, onFatal: heard });
    let { auditRetentionMs } = options;
    const open = () => openMongoStore(url, { ...options, auditRetentionMs });
    const opened: Store[] = [];
    const another = async () => {
      const store = await open();
      opened.push(store);
      return store;
    };
    const store = await another();
    const admin = mongoClient(url);
    const database = admin.db(new URL(url.replace(/^mongodb:/, 'http:').replace(/,[^/]*/, '')).pathname.slice(1));
    const reopen = async (changed: { readonly auditRetentionMs?: number } = {}) => {
      await opened.at(-1)?.close();
      auditRetentionMs = changed.auditRetentionMs ?? auditRetentionMs;
      return another();
    };
    return { store, clock, problems, another, reopen, swept, rawData, destroy } satisfies OpenedStore;

    async function swept(): Promise<void> {
      const now = new Date(Math.min(clock.now(), Date.now()));
      const oldest = new Date(now.getTime() - auditRetentionMs);
      const due = [...Object.entries(KEPT_UNTIL).map(([name, field]) => [name, field, now] as const)];
      for (const [collection, field, until] of [...due, ['audit_events', 'occurredAt', oldest] as const]) {
        const left = () =>
          database
            .collection(collection)
            .countDocuments({ [field]: { $lte: until } }, { readConcern: { level: 'majority' } });
        await eventually(`${collection} is swept`, async () => (await left()) === 0, 100_000);
      }
    }

    async function rawData(): Promise<Buffer> {
      const all: Buffer[] = [];
      for (const { name } of await database.listCollections().toArray()) {
        for await (const document of database.collection(name).find())
          all.push(Buffer.from(mongo.BSON.serialize(document)));
      }
      return Buffer.concat(all);
    }

    async function destroy(): Promise<void> {
      await Promise.all(opened.map((each) => each.close()));
      await database.dropDatabase();
      await admin.close();
    }
  };
}
