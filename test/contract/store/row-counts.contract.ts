import { ROW_KINDS } from '../../../src/store/row-counts';
import {
  aMail,
  anApiKey,
  anAuditEvent,
  anEndedSessions,
  anId,
  aSession,
  aUser,
  LOGIN_LIMITS,
} from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function rowCountsContract(open: OpenFresh): void {
  describe('Store.countRows', () => {
    const fixture = storeFixture(open);

    test('counts the rows of every kind, ended ones too, and begins with none', async () => {
      const { store } = fixture();
      const none = Object.fromEntries(ROW_KINDS.map((kind) => [kind, 0]));
      expect(await store.countRows(testCall())).toEqual(none);
      const user = aUser();
      await store.users.insert(user, testCall());
      const ended = { endedAt: new Date(), endReason: 'logout' } as const;
      for (const session of [aSession(), aSession(), aSession(ended)]) await store.sessions.insert(session, testCall());
      await store.auditLog.append([anAuditEvent(), anAuditEvent()]);
      const key = anApiKey({ userId: user.id });
      await store.apiKeys.insert(key, { atMost: 9, keep: 9 }, testCall());
      for (const account of ['ada', 'bob', 'eve']) {
        await store.loginFailures.reserve(account, '192.0.2.1', LOGIN_LIMITS, Date.now(), testCall());
      }
      await store.revocationFeed.append([anEndedSessions()], testCall());
      await store.mailOutbox.add([aMail(), aMail()], testCall());
      const purpose = 'password-reset';
      const expiresAt = new Date(Date.now() + 60_000);
      const of = { userId: user.id, address: user.email, epoch: 1 };
      const token = { ...of, id: anId(), purpose, tokenHash: 'h'.repeat(43), expiresAt } as const;
      await store.accountTokens.issue(token, testCall());
      const { loginFailures, ...counts } = await store.countRows(testCall());
      expect(counts).toEqual({
        users: 1,
        sessions: 3,
        auditEvents: 2,
        apiKeys: 1,
        revocations: 1,
        waitingMails: 2,
        accountTokens: 1,
      });
      // One engine counts account and source in one row, the other in two.
      expect(loginFailures).toBeGreaterThanOrEqual(3);
    });
  });
}
