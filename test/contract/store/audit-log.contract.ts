import type { AuditEvent } from '../../../src/auth/audit/audit-event';
import type { ListAuditEventsQuery } from '../../../src/auth/audit/audit-log';
import { anAuditEvent, anId } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function auditLogContract(open: OpenFresh): void {
  describe('The audit log', () => {
    const fixture = storeFixture(open);
    const log = () => fixture().store.auditLog;
    const list = (query: Partial<ListAuditEventsQuery>) =>
      log().list({ userId: undefined, type: undefined, before: undefined, limit: 100, ...query }, testCall());
    const [ada, bob] = [anId(), anId()];
    const events: AuditEvent[] = [];

    beforeAll(async () => {
      for (let i = 0; i < 30; i += 1) {
        events.push(
          anAuditEvent({
            userId: i % 3 === 0 ? ada : bob,
            type: i % 2 === 0 ? 'login.failed' : 'session.ended',
            reason: `reason-${i}`,
          }),
        );
      }
      await log().append(events.slice(0, 10));
      for (const event of events.slice(10)) await log().append([event]);
      await log().append([]);
    });

    const newest = (keep: (event: AuditEvent, i: number) => boolean) => events.filter(keep).reverse();

    test('lists all events as they were appended, newest first [F4]', async () => {
      expect(await list({})).toEqual(newest(() => true));
    });

    test('lists the events of one user, of one type, and of both', async () => {
      expect(await list({ userId: ada })).toEqual(newest((_, i) => i % 3 === 0));
      expect(await list({ type: 'login.failed' })).toEqual(newest((_, i) => i % 2 === 0));
      expect(await list({ userId: bob, type: 'session.ended' })).toEqual(newest((_, i) => i % 3 !== 0 && i % 2 === 1));
      expect(await list({ userId: anId() })).toEqual([]);
      expect(await list({ type: 'key.rotated' })).toEqual([]);
    });

    test.each<[string, Partial<ListAuditEventsQuery>]>([
      ['all', {}],
      ['one user', { userId: '' }],
      ['one type', { type: 'login.failed' }],
      ['one user and type', { userId: '', type: 'session.ended' }],
    ])('pages through the events of %s without a gap or a repetition', async (_, wanted) => {
      const query = wanted.userId === undefined ? wanted : { ...wanted, userId: bob };
      const all = await list(query);
      const paged: AuditEvent[] = [];
      for (let page = await list({ ...query, limit: 4 }); page.length > 0; ) {
        expect(page.length).toBeLessThanOrEqual(4);
        paged.push(...page);
        page = await list({ ...query, limit: 4, before: paged.at(-1)?.id });
      }
      expect(paged).toEqual(all);
    });

    test('counts repetitions in one event, however often and in which order it is appended [F4]', async () => {
      const grace = anId();
      const first = anAuditEvent({ userId: grace });
      const later = (count: number): AuditEvent => {
        return { ...first, count, lastOccurredAt: new Date(first.occurredAt.getTime() + count * 1000) };
      };
      const found = () => list({ userId: grace });
      await log().append([first]);
      await log().append([later(3), anAuditEvent({ userId: bob, type: 'key.rotated' })]);
      expect(await found()).toEqual([later(3)]);
      // Late and again, as after lost answers.
      await log().append([later(3)]);
      await log().append([later(2), first]);
      expect(await found()).toEqual([later(3)]);
      const alone = anAuditEvent({ userId: grace, type: 'role.denied', count: 7 });
      await log().append([alone]);
      await log().append([{ ...alone, count: 1 }]);
      expect(await found()).toEqual([alone, later(3)]);
      expect(await list({ userId: grace, type: 'role.denied' })).toEqual([alone]);
    });

    test('lists the tries with one unknown name by their digest', async () => {
      const tries = ['digest-a', 'digest-b', 'digest-a'].map((loginDigest) =>
        anAuditEvent({ userId: '', loginDigest }),
      );
      await log().append(tries);
      expect(await list({ loginDigest: 'digest-a' })).toEqual([tries[2], tries[0]]);
      expect(await list({ loginDigest: 'digest-a', before: tries[2]?.id, limit: 1 })).toEqual([tries[0]]);
      expect(await list({ loginDigest: 'digest-a', type: 'login.rate_limited' })).toEqual([]);
      expect(await list({ loginDigest: 'digest-c' })).toEqual([]);
    });

    test('lists from an id on', async () => {
      const henry = anId();
      const [first, second, third] = [1, 2, 3].map(() => anAuditEvent({ userId: henry }));
      await log().append([first, second, third] as AuditEvent[]);
      expect(await list({ userId: henry, from: second?.id })).toEqual([third, second]);
      expect(await list({ userId: henry, from: second?.id, before: third?.id })).toEqual([second]);
      expect(await list({ from: second?.id })).toEqual([third, second]);
      expect(await list({ userId: henry, from: third?.id, before: second?.id })).toEqual([]);
      expect(await list({ from: third?.id, before: second?.id })).toEqual([]);
    });

    test('lists what had begun before a time and happened again from it on', async () => {
      const irene = anId();
      const now = Date.now();
      const at = (beganAgo: number, lastAgo: number, count = 2) =>
        anAuditEvent({
          userId: irene,
          occurredAt: new Date(now - beganAgo),
          lastOccurredAt: new Date(now - lastAgo),
          count,
        });
      const [long, tooOld, over, once] = [at(9_000, 500), at(60_000, 0), at(8_000, 1_001), at(7_000, 7_000, 1)];
      const [within, grown] = [at(900, 0), at(6_000, 6_000, 1)];
      await log().append([long, tooOld, over, once, within, grown]);
      const again = { ...grown, count: 2, lastOccurredAt: new Date(now - 1_000) };
      await log().append([again]);
      const repeatedAt = { time: new Date(now - 1_000), since: new Date(now - 10_000) };
      const found = await list({ userId: irene, repeatedAt, from: long.id });
      expect(found.map(({ id }) => id).sort()).toEqual([long.id, again.id].sort());
      expect(await list({ userId: irene, repeatedAt, from: long.id, type: 'key.rotated' })).toEqual([]);
      expect(await list({ userId: irene, repeatedAt, from: long.id, limit: 1 })).toHaveLength(1);
      expect(await list({ userId: anId(), repeatedAt, from: long.id })).toEqual([]);
    });

    test('takes weird text in a query as it is', async () => {
      for (const text of ['{"$ne":""}', '__proto__', '\0', '\ud800', '.*', 'x'.repeat(5000)]) {
        expect(await list({ userId: text })).toEqual([]);
        expect(await list({ type: text })).toEqual([]);
        expect(Array.isArray(await list({ before: text }))).toBe(true);
      }
    });
  });
}
