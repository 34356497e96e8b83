import { publicSession } from '../../../src/auth/sessions/sessions';
import type { ListedSession, ListLiveQuery, StoredSession } from '../../../src/auth/sessions/stored-sessions';
import { anId, aSession } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const END_AT = new Date(Date.now() + 10 * 86_400_000);
const FAR = new Date(Date.now() + 20 * 86_400_000);

const whatIsListed = (session: ListedSession) => ({ ...publicSession(session), epoch: session.epoch });

export function sessionEndsContract(open: OpenFresh): void {
  describe('The end of sessions', () => {
    const fixture = storeFixture(open);
    const sessions = () => fixture().store.sessions;
    const insert = async (overrides: Partial<StoredSession> = {}) => {
      const session = aSession(overrides);
      await sessions().insert(session, testCall());
      return session;
    };
    const stored = (id: string) => sessions().find(id, testCall());
    const end = (id: string, where?: { userId?: string; saltHash?: string }) =>
      sessions().end(id, { at: END_AT, reason: 'revoked', ...(where && { where }) }, testCall());
    const far = { expiresAt: FAR, limitAt: FAR };

    test('ends a live session once, and keeps it', async () => {
      const session = await insert(far);
      const ended = await end(session.id);
      expect(ended).toEqual({ ...session, endedAt: END_AT, endReason: 'revoked' });
      expect(await end(session.id)).toBeUndefined();
      expect(await stored(session.id)).toEqual(ended);
      expect(await end(anId())).toBeUndefined();
    });

    test('does not end an expired session', async () => {
      const session = await insert({ expiresAt: END_AT });
      expect(await end(session.id)).toBeUndefined();
      expect((await stored(session.id))?.endedAt).toBeNull();
    });

    test('ends a session only where the condition holds', async () => {
      const session = await insert(far);
      expect(await end(session.id, { userId: anId() })).toBeUndefined();
      expect(await end(session.id, { saltHash: 'another' })).toBeUndefined();
      expect(await end(session.id, { userId: session.userId, saltHash: 'another' })).toBeUndefined();
      expect((await stored(session.id))?.endedAt).toBeNull();
      expect(await end(session.id, { userId: session.userId, saltHash: session.saltHash })).toBeDefined();
    });

    test('of 20 parallel ends exactly one reports it', async () => {
      const session = await insert(far);
      const results = await Promise.all(Array.from({ length: 20 }, () => end(session.id)));
      expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    });

    test('lists the ids of the sessions of a user that no call has ended', async () => {
      const userId = anId();
      const live = [await insert({ userId }), await insert({ userId })];
      const expired = await insert({ userId, expiresAt: new Date(Date.now() - 1000) });
      const logout = { at: new Date(), reason: 'logout' } as const;
      await insert({ userId, endedAt: logout.at, endReason: logout.reason });
      const [one, many] = [await insert({ userId }), await insert({ userId })];
      await sessions().end(one.id, logout, testCall());
      await sessions().endMany([many.id], logout, testCall());
      await insert();
      const open = await sessions().listOpenIds(userId, testCall());
      // Expired ones may be among them, for as long as they are kept.
      expect(open.filter((id) => id !== expired.id).sort()).toEqual(live.map(({ id }) => id).sort());
      expect(await sessions().listOpenIds(anId(), testCall())).toEqual([]);
    });

    test('lists the live sessions of a user, the newest first', async () => {
      const userId = anId();
      const now = Date.now();
      const old = await insert({ userId, createdAt: new Date(now - 5000) });
      const same = [
        await insert({ userId, createdAt: new Date(now) }),
        await insert({ userId, createdAt: new Date(now) }),
      ];
      const middle = await insert({ userId, createdAt: new Date(now - 2000) });
      await insert({ userId, endedAt: new Date(), endReason: 'logout' });
      await insert({ userId, expiresAt: new Date(now + 500) });
      await insert();
      const list = async (query: Partial<ListLiveQuery> = {}, ofUser = userId) => {
        const asked = { now: new Date(now + 500), ...query };
        const live = await sessions().listLive(ofUser, asked, testCall());
        const listed = await sessions().listPublic(ofUser, asked, testCall());
        expect(listed.map(whatIsListed)).toEqual(live.map(whatIsListed));
        return live;
      };
      const live = await list();
      expect(live).toEqual([...same.reverse(), middle, old]);
      const newest = await list({ atMost: 3 });
      expect(newest).toEqual(live.slice(0, 3));
      const except = new Set(newest.slice(1).map(({ id }) => id));
      expect(await list({ atMost: 3, except })).toEqual(live.filter(({ id }) => !except.has(id)).slice(0, 3));
      expect(await list({ now: far.limitAt })).toEqual([]);
      expect(await list({}, anId())).toEqual([]);
    });

    test('lists the live sessions of a user beyond those to keep, newest first [D8]', async () => {
      const userId = anId();
      const now = Date.now();
      const [oldest, older, newer, own] = [
        await insert({ userId, createdAt: new Date(now - 3000) }),
        await insert({ userId, createdAt: new Date(now - 2000) }),
        await insert({ userId, createdAt: new Date(now - 1000) }),
        // By the clock of a replica that is late.
        await insert({ userId, createdAt: new Date(now - 9000) }),
      ];
      await insert({ userId, createdAt: new Date(now - 4000), endedAt: new Date(), endReason: 'logout' });
      await insert({ userId, createdAt: new Date(now - 5000), expiresAt: new Date(now - 1) });
      await insert();
      const beyond = (keep: number, exceptId = own.id) =>
        sessions().surplus(userId, { exceptId, keep, atMost: 100 }, new Date(now), testCall());
      expect(await beyond(9)).toEqual([]);
      expect(await beyond(3)).toEqual([]);
      expect(await beyond(1)).toEqual([older.id, oldest.id]);
      expect(await beyond(0)).toEqual([newer.id, older.id, oldest.id]);
      expect(await beyond(3, anId())).toEqual([own.id]);
      const another = anId();
      const [first] = [
        await insert({ userId: another, createdAt: new Date(now - 1) }),
        await insert({ userId: another }),
      ];
      const limit = { exceptId: own.id, keep: 1, atMost: 100 };
      expect(await sessions().surplus(another, limit, new Date(now), testCall())).toEqual([first.id]);
    });

    test('lists no more of those beyond than are asked for, the newest of them first', async () => {
      const userId = anId();
      const now = Date.now();
      const made = [];
      for (let n = 0; n < 70; n += 1) made.push(await insert({ userId, createdAt: new Date(now - 70_000 + n * 1000) }));
      const newestFirst = made.map(({ id }) => id).reverse();
      const beyond = (keep: number, atMost: number) =>
        sessions().surplus(userId, { exceptId: '', keep, atMost }, new Date(now), testCall());
      expect(await beyond(3, 2)).toEqual(newestFirst.slice(3, 5));
      expect(await beyond(60, 5)).toEqual(newestFirst.slice(60, 65));
      expect(await beyond(3, 100)).toEqual(newestFirst.slice(3));
    });

    test('ends many at once: those that live, each counted by one of two callers', async () => {
      const userId = anId();
      const [one, two, ended, expired, another] = [
        await insert({ ...far, userId }),
        await insert({ ...far, userId }),
        await insert({ ...far, userId, endedAt: new Date(), endReason: 'logout' }),
        // By then. A store may remove at once what has expired by now.
        await insert({ userId, expiresAt: END_AT }),
        await insert({ ...far, userId }),
      ];
      const end = { at: END_AT, reason: 'too_many_sessions' } as const;
      const ids = [one.id, two.id, ended.id, expired.id, anId()];
      const [first = 0, second = 0] = await Promise.all([0, 1].map(() => sessions().endMany(ids, end, testCall())));
      expect(first + second).toBe(2);
      for (const { id } of [one, two]) {
        expect(await stored(id)).toMatchObject({ endedAt: end.at, endReason: 'too_many_sessions' });
      }
      for (const session of [ended, expired, another]) expect(await stored(session.id)).toEqual(session);
      expect(await sessions().endMany([], end, testCall())).toBe(0);
    });

    test('raises the epoch of a live session only', async () => {
      const live = await insert({ epoch: 1 });
      const ended = await insert({ endedAt: new Date(), endReason: 'logout' });
      for (const { id } of [live, ended, aSession()]) await sessions().setEpoch(id, 2, testCall());
      expect(await stored(live.id)).toEqual({ ...live, epoch: 2 });
      expect(await stored(ended.id)).toEqual(ended);
    });

    test('never lowers an epoch', async () => {
      const session = await insert({ epoch: 5 });
      await sessions().setEpoch(session.id, 3, testCall());
      expect((await stored(session.id))?.epoch).toBe(5);
    });
  });
}
