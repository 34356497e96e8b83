import { v7 } from 'uuid';
import { aChangedUser, anAuditEvent, anEndedSessions, aSession } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';
import { buildRotation } from './rotation.contract';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function expiryContract(open: OpenFresh): void {
  describe('What is past its time', () => {
    const fixture = storeFixture(open, { revocationWindowMs: HOUR_MS, auditRetentionMs: 30 * DAY_MS });

    test('goes by itself: expired sessions; live and ended ones stay', async () => {
      const { sessions } = fixture().store;
      const past = Array.from({ length: 3 }, () => aSession({ expiresAt: new Date(Date.now() - HOUR_MS) }));
      const live = aSession();
      const ended = aSession({ endedAt: new Date(), endReason: 'logout' });
      for (const session of [...past, live, ended]) await sessions.insert(session, testCall());
      await fixture().swept();
      for (const { id } of past) expect(await sessions.find(id, testCall())).toBeUndefined();
      expect(await sessions.find(live.id, testCall())).toEqual(live);
      expect(await sessions.find(ended.id, testCall())).toEqual(ended);
    });

    test('spares a session that a rotation prolonged', async () => {
      const { sessions } = fixture().store;
      const now = Date.now();
      const session = aSession({ createdAt: new Date(now - DAY_MS), expiresAt: new Date(now - HOUR_MS) });
      await sessions.insert(session, testCall());
      const rotation = buildRotation(session, { at: now - 2 * HOUR_MS, expiresAt: new Date(now + DAY_MS) });
      const rotated = await sessions.rotate(session.id, rotation, testCall());
      expect(rotated).toBeDefined();
      await fixture().swept();
      await fixture().swept();
      expect(await sessions.find(session.id, testCall())).toEqual(rotated);
      expect(await sessions.listLive(session.userId, { now: new Date(now) }, testCall())).toEqual([rotated]);
    });

    test('goes by itself: revocation records beyond the window', async () => {
      const { revocationFeed } = fixture().store;
      const old = [anEndedSessions({ at: Date.now() - 3 * HOUR_MS }), aChangedUser({ at: Date.now() - 2 * HOUR_MS })];
      const current = anEndedSessions({ at: Date.now() - HOUR_MS / 2 });
      await revocationFeed.append([...old, current], testCall());
      await fixture().swept();
      const heard = new Set<string>();
      const listener = { onRecord: ({ id }: { id: string }) => heard.add(id), onFresh: () => {}, onBroken: () => {} };
      const follower = await revocationFeed.follow(listener);
      expect(old.map(({ id }) => heard.has(id))).toEqual([false, false]);
      expect(heard.has(current.id)).toBe(true);
      await follower.close();
    });

    test('goes by itself: audit events beyond their retention', async () => {
      const { auditLog } = fixture().store;
      const at = (time: number) => anAuditEvent({ id: v7({ msecs: time }), occurredAt: new Date(time) });
      const old = [at(Date.now() - 60 * DAY_MS), at(Date.now() - 31 * DAY_MS)];
      const kept = [at(Date.now() - 29 * DAY_MS), at(Date.now())];
      await auditLog.append([...old, ...kept]);
      await fixture().swept();
      const query = { userId: undefined, type: undefined, before: undefined, limit: 10 };
      expect(await auditLog.list(query, testCall())).toEqual([...kept].reverse());
      for (const { userId } of old) expect(await auditLog.list({ ...query, userId }, testCall())).toEqual([]);
    });
  });

  describe('AUDIT_RETENTION_DAYS', () => {
    const fixture = storeFixture(open, { auditRetentionMs: 30 * DAY_MS });
    const query = { userId: undefined, type: undefined, before: undefined, limit: 10 };
    const at = (time: number) => anAuditEvent({ id: v7({ msecs: time }), occurredAt: new Date(time) });

    test('holds for events that are there already: longer keeps them, shorter hides them at once and takes them away', async () => {
      const [older, old, fresh] = [at(Date.now() - 29 * DAY_MS), at(Date.now() - 10 * DAY_MS), at(Date.now())];
      await fixture().store.auditLog.append([older, old, fresh]);
      const longer = await fixture().reopen({ auditRetentionMs: 365 * DAY_MS });
      const ancient = at(Date.now() - 300 * DAY_MS);
      await longer.auditLog.append([ancient]);
      await fixture().swept();
      expect(await longer.auditLog.list(query, testCall())).toEqual([fresh, old, older, ancient]);
      const shorter = await fixture().reopen({ auditRetentionMs: 5 * DAY_MS });
      expect(await shorter.auditLog.list(query, testCall())).toEqual([fresh]);
      await fixture().swept();
      const again = await fixture().reopen({ auditRetentionMs: 365 * DAY_MS });
      expect(await again.auditLog.list(query, testCall())).toEqual([fresh]);
    });
  });
}
