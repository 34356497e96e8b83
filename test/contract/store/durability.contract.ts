import { anAuditEvent, anEndedSessions, aSession, aSigningKey, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';
import { buildRotation } from './rotation.contract';

export function durabilityContract(open: OpenFresh): void {
  describe('A store that is closed and opened again', () => {
    const fixture = storeFixture(open);

    test('has everything that was acknowledged, and enforces what it enforced', async () => {
      const before = fixture().store;
      const admin = aUser({ roles: ['admin'] });
      const session = aSession({ userId: admin.id });
      const record = anEndedSessions();
      const event = anAuditEvent({ userId: admin.id });
      const key = aSigningKey();
      await before.users.insert(admin, testCall());
      await before.sessions.insert(session, testCall());
      const rotated = await before.sessions.rotate(session.id, buildRotation(session), testCall());
      const limits = { perSource: 1, perAccount: 100, windowSeconds: 900 };
      await before.loginFailures.reserve('account', 'source', limits, Date.now(), testCall());
      await before.revocationFeed.append([record], testCall());
      await before.auditLog.append([event]);
      await before.signingKeys.insert(key, testCall());

      const after = await fixture().reopen();
      expect(await after.users.findByEmail(admin.email, testCall())).toEqual(admin);
      await expect(after.users.insert(aUser({ email: admin.email }), testCall())).rejects.toMatchObject({
        reason: 'EMAIL_TAKEN',
      });
      await expect(after.users.delete(admin.id, testCall())).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      expect(await after.sessions.listLive(admin.id, { now: new Date() }, testCall())).toEqual([rotated]);
      expect(await after.sessions.rotate(session.id, buildRotation(session), testCall())).toBeUndefined();
      const refused = await after.loginFailures.reserve('account', 'source', limits, Date.now(), testCall());
      expect(refused).toBeGreaterThan(0);
      const heard: string[] = [];
      const listener = { onRecord: ({ id }: { id: string }) => heard.push(id), onFresh: () => {}, onBroken: () => {} };
      await (await after.revocationFeed.follow(listener)).close();
      expect(heard).toContain(record.id);
      const query = { userId: admin.id, type: undefined, before: undefined, limit: 10 };
      expect(await after.auditLog.list(query, testCall())).toEqual([event]);
      expect(await after.signingKeys.list(testCall())).toEqual([key]);
      expect(fixture().problems).toEqual([]);
    });
  });
}
