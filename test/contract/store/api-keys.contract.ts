import { ENDED_KEY_RETENTION_MS } from '../../../src/auth/api-keys/stored-api-keys';
import { anApiKey, anId, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const LIMIT = { atMost: 49, keep: 1_000 };
const HOUR_MS = 3_600_000;

export function apiKeysContract(open: OpenFresh): void {
  describe('StoredApiKeys', () => {
    const fixture = storeFixture(open);
    const keys = () => fixture().store.apiKeys;
    const insert = async (overrides: Parameters<typeof anApiKey>[0] = {}) => {
      const key = anApiKey(overrides);
      await keys().insert(key, LIMIT, testCall());
      return key;
    };

    test('bring back a key as it was inserted, alone and with its owner', async () => {
      const owner = aUser({ kind: 'service', email: '', passwordHash: '' });
      await fixture().store.users.insert(owner, testCall());
      const key = await insert({ userId: owner.id, roles: ['a', 'b'], allowedCidrs: ['10.0.0.0/8'] });
      expect(await keys().find(key.id, testCall())).toEqual(key);
      expect(await keys().findOwned(key.id, testCall())).toEqual({ key, owner });
      const orphan = await insert();
      expect(await keys().findOwned(orphan.id, testCall())).toEqual({ key: orphan, owner: undefined });
      expect(await keys().find(anId(), testCall())).toBeUndefined();
      expect(await keys().findOwned(anId(), testCall())).toBeUndefined();
    });

    test('list the keys of an owner by age, a page at a time', async () => {
      const userId = anId();
      const inserted = [await insert({ userId }), await insert({ userId }), await insert({ userId })];
      await insert();
      expect(await keys().list({ userId, after: undefined, limit: 10 }, testCall())).toEqual(inserted);
      expect(await keys().list({ userId, after: inserted[0]?.id, limit: 1 }, testCall())).toEqual([inserted[1]]);
      expect(await keys().list({ userId, after: inserted[2]?.id, limit: 10 }, testCall())).toEqual([]);
      expect(await keys().list({ userId: anId(), after: undefined, limit: 10 }, testCall())).toEqual([]);
    });

    test('let 50 of 80 keys that are inserted in parallel over two stores live', async () => {
      const userId = anId();
      const stores = [fixture().store, await fixture().another()];
      const inserts = Array.from({ length: 80 }, (_, i) =>
        (stores[i % 2] ?? fixture().store).apiKeys.insert(anApiKey({ userId }), LIMIT, testCall()),
      );
      const results = await Promise.allSettled(inserts);
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.reason] : []));
      expect(refused).toEqual(Array.from({ length: 30 }, () => 'API_KEY_LIMIT'));
      expect(await keys().list({ userId, after: undefined, limit: 100 }, testCall())).toHaveLength(50);
    });

    test('count neither revoked, nor expired keys, nor the one that is replaced', async () => {
      const userId = anId();
      const limit = { atMost: 1, keep: 1_000 };
      const now = Date.now();
      const first = anApiKey({ userId });
      await keys().insert(first, limit, testCall());
      await keys().insert(anApiKey({ userId, expiresAt: new Date(now + HOUR_MS) }), limit, testCall());
      const another = (replaces?: string) =>
        keys().insert(anApiKey({ userId }), { ...limit, ...(replaces !== undefined && { replaces }) }, testCall());
      await expect(another()).rejects.toMatchObject({ reason: 'API_KEY_LIMIT' });
      await another(first.id);
      await keys().revoke(first.id, { at: new Date(now + HOUR_MS) }, testCall());
      await expect(another()).rejects.toMatchObject({ reason: 'API_KEY_LIMIT' });
      const later = anApiKey({ userId, createdAt: new Date(now + 2 * HOUR_MS) });
      await keys().insert(later, limit, testCall());
      const evenLater = anApiKey({ userId, createdAt: later.createdAt });
      await expect(keys().insert(evenLater, limit, testCall())).rejects.toMatchObject({ reason: 'API_KEY_LIMIT' });
      await keys().revoke(later.id, { at: new Date(now) }, testCall());
      await keys().insert(evenLater, limit, testCall());
    });

    test('keep the newest keys of an owner, and beyond them those that have not ended', async () => {
      const userId = anId();
      const now = Date.now();
      const at = (minutes: number) => new Date(now + minutes * 60_000);
      const madeAt = (minutes: number, ended: Parameters<typeof anApiKey>[0] = {}) =>
        anApiKey({ userId, createdAt: at(minutes), ...ended });
      const revoked = madeAt(0, { revokedAt: at(1) });
      const ends = madeAt(0, { revokedAt: at(60) });
      const expired = madeAt(0, { expiresAt: at(1) });
      const live = madeAt(0);
      const newest = [madeAt(2, { revokedAt: at(2) }), madeAt(3, { revokedAt: at(3) }), madeAt(4)];
      const ofAnother = anApiKey({ revokedAt: at(0) });
      const inserted = [ofAnother, revoked, ends, expired, live, ...newest];
      for (const key of inserted) await keys().insert(key, { atMost: 5, keep: 3 }, testCall());
      const left = await keys().list({ userId, after: undefined, limit: 10 }, testCall());
      expect(left).toEqual([ends, live, ...newest]);
      for (const { id } of [revoked, expired]) expect(await keys().findOwned(id, testCall())).toBeUndefined();
      expect(await keys().find(ofAnother.id, testCall())).toEqual(ofAnother);
    });

    test('count no key that came revoked, and every key that came before the limit was what it is', async () => {
      const userId = anId();
      for (let i = 0; i < 4; i += 1) {
        const key = anApiKey({ userId, ...(i % 2 === 0 && { revokedAt: new Date() }) });
        await keys().insert(key, { atMost: 1_000_000, keep: 1_000_000 }, testCall());
      }
      const insert = () => keys().insert(anApiKey({ userId }), { ...LIMIT, atMost: 2 }, testCall());
      await insert();
      await expect(insert()).rejects.toMatchObject({ reason: 'API_KEY_LIMIT' });
    });

    test('revoke a key at the earliest of the times that were given, and of its owner only', async () => {
      const key = await insert();
      const [early, late] = [new Date(Date.now()), new Date(Date.now() + HOUR_MS)];
      const revoke = (at: Date, userId?: string) =>
        keys().revoke(key.id, { at, ...(userId !== undefined && { userId }) }, testCall());
      expect(await revoke(late, anId())).toBeUndefined();
      expect(await keys().find(key.id, testCall())).toEqual(key);
      expect(await revoke(late, key.userId)).toEqual({ ...key, revokedAt: late });
      expect(await revoke(early)).toEqual({ ...key, revokedAt: early });
      expect(await revoke(late)).toEqual({ ...key, revokedAt: early });
      expect(await (await fixture().another()).apiKeys.find(key.id, testCall())).toEqual({ ...key, revokedAt: early });
      expect(await keys().revoke(anId(), { at: early }, testCall())).toBeUndefined();
    });

    test('record the latest use of many keys at once', async () => {
      const [a, b] = [await insert(), await insert()];
      const [early, late] = [new Date(Date.now()), new Date(Date.now() + 1_000)];
      const uses = [
        { id: a.id, at: late },
        { id: anId(), at: late },
        { id: b.id, at: early },
      ];
      await keys().recordUses(uses, testCall());
      await keys().recordUses([{ id: a.id, at: early }], testCall());
      await keys().recordUses([], testCall());
      expect((await keys().find(a.id, testCall()))?.lastUsedAt).toEqual(late);
      expect((await keys().find(b.id, testCall()))?.lastUsedAt).toEqual(early);
    });

    test('forget all keys of a deleted user and of no other', async () => {
      const userId = anId();
      await insert({ userId });
      const other = await insert();
      await keys().deleteAll(userId, testCall());
      expect(await keys().list({ userId, after: undefined, limit: 10 }, testCall())).toEqual([]);
      expect(await keys().find(other.id, testCall())).toEqual(other);
    });

    test('keep a key that has ended for 30 days', async () => {
      const long = fixture().clock.now() - ENDED_KEY_RETENTION_MS;
      const expired = await insert({ createdAt: new Date(long - HOUR_MS), expiresAt: new Date(long - 1_000) });
      const recent = await insert({ createdAt: new Date(long - HOUR_MS), expiresAt: new Date(long + HOUR_MS) });
      const revoked = await insert();
      await keys().revoke(revoked.id, { at: new Date(long - 1_000) }, testCall());
      await fixture().swept();
      expect(await keys().find(expired.id, testCall())).toBeUndefined();
      expect(await keys().find(revoked.id, testCall())).toBeUndefined();
      expect(await keys().find(recent.id, testCall())).toEqual(recent);
      expect(await keys().list({ userId: revoked.userId, after: undefined, limit: 10 }, testCall())).toEqual([]);
    });

    test('take two service accounts, which have no email', async () => {
      const accounts = [0, 1].map(() => aUser({ kind: 'service', email: '', passwordHash: '' }));
      for (const account of accounts) await fixture().store.users.insert(account, testCall());
      const { users } = fixture().store;
      for (const account of accounts) expect(await users.findByUsername(account.username, testCall())).toEqual(account);
      expect(await users.findByEmail('', testCall())).toBeUndefined();
      await users.delete(accounts[0]?.id ?? '', testCall());
      expect(await users.findById(accounts[1]?.id ?? '', testCall())).toEqual(accounts[1]);
    });
  });
}
