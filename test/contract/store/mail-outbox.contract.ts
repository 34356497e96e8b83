import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedMail } from '../../../src/auth/outgoing-mail/mail-outbox';
import type { Store } from '../../../src/store/store';
import { aMail, anId } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const LEASE_MS = 60_000;

export function mailOutboxContract(open: OpenFresh): void {
  describe('The mail outbox', () => {
    const fixture = storeFixture(open);
    const outbox = () => fixture().store.mailOutbox;
    const claim = (leaseMs = LEASE_MS, { mailOutbox }: Store = fixture().store) =>
      mailOutbox.claim(leaseMs, testCall());
    /** Engines measure leases by clocks of their own: the one time is moved, the other has to pass. */
    const pass = async (ms: number) => {
      fixture().clock.advance(ms);
      await sleep(ms);
    };
    const mustClaim = async (leaseMs?: number): Promise<ClaimedMail> => {
      const claimed = await claim(leaseMs);
      if (claimed === undefined) throw new Error('No mail is due');
      return claimed;
    };
    afterEach(async () => {
      for (let left = await claim(0); left !== undefined; left = await claim(0)) {
        await outbox().finish(left, testCall());
      }
    });

    test('gives back what was added, the first added first, and nothing that is held or finished', async () => {
      const mails = [aMail(), aMail({ kind: 'email-change-notice' }), aMail({ userId: anId() })];
      await outbox().add(mails, testCall());
      const claimed = [await mustClaim(), await mustClaim(), await mustClaim()];
      expect(claimed).toEqual(mails.map((mail) => ({ mail, attempt: 1 })));
      expect(await claim()).toBeUndefined();
      for (const each of claimed) expect(await outbox().finish(each, testCall())).toBe(true);
      expect(await outbox().backlog(testCall())).toEqual({ waiting: 0, oldest: undefined });
      await outbox().add([], testCall());
      expect(await claim(0)).toBeUndefined();
    });

    test('gives a mail to exactly one of 32 parallel claims over two stores', async () => {
      const another = await fixture().another();
      await outbox().add([aMail()], testCall());
      const claims = await Promise.all(
        Array.from({ length: 32 }, (_, i) => claim(LEASE_MS, i % 2 === 0 ? another : fixture().store)),
      );
      const [winner, ...others] = claims.filter((each) => each !== undefined);
      expect([winner?.attempt, others]).toEqual([1, []]);
      if (winner) await outbox().finish(winner, testCall());
    });

    test('gives each of 64 mails to one of 64 parallel claims over two stores', async () => {
      const another = await fixture().another();
      const mails = Array.from({ length: 64 }, () => aMail());
      await outbox().add(mails, testCall());
      const claims = await Promise.all(mails.map((_, i) => claim(LEASE_MS, i % 2 === 0 ? another : fixture().store)));
      expect(claims.map((each) => each?.mail.id).sort()).toEqual(mails.map(({ id }) => id).sort());
      for (const each of claims) if (each) await outbox().finish(each, testCall());
    });

    test('gives a mail to another claim when its lease has lapsed, and the first one changes nothing then', async () => {
      const mail = aMail();
      await outbox().add([mail], testCall());
      const first = await mustClaim(200);
      expect(await claim()).toBeUndefined();
      await pass(400);
      const second = await mustClaim();
      expect(second).toEqual({ mail, attempt: 2 });
      expect(await outbox().finish(first, testCall())).toBe(false);
      expect(await outbox().postpone(first, 0, testCall())).toBe(false);
      expect(await claim()).toBeUndefined();
      expect(await outbox().finish(second, testCall())).toBe(true);
      expect(await outbox().finish(second, testCall())).toBe(false);
    });

    test('holds a postponed mail back for its pause, and a released one not at all', async () => {
      const mail = aMail();
      await outbox().add([mail], testCall());
      expect(await outbox().postpone(await mustClaim(), 0, testCall())).toBe(true);
      const again = await mustClaim();
      expect(again).toEqual({ mail, attempt: 2 });
      expect(await outbox().postpone(again, 300, testCall())).toBe(true);
      expect(await claim()).toBeUndefined();
      await pass(500);
      const third = await mustClaim();
      expect(third).toEqual({ mail, attempt: 3 });
      await outbox().finish(third, testCall());
    });

    test('gives mails that were never tried before those that were', async () => {
      const [tried, fresh] = [aMail(), aMail()];
      await outbox().add([tried], testCall());
      await outbox().postpone(await mustClaim(), 0, testCall());
      await outbox().add([fresh], testCall());
      const claimed = [await mustClaim(), await mustClaim()];
      expect(claimed.map(({ mail }) => mail.id)).toEqual([fresh.id, tried.id]);
      for (const each of claimed) await outbox().finish(each, testCall());
    });

    test('leaves a mail that is added again as it is, held and postponed', async () => {
      const mail = aMail();
      await outbox().add([mail], testCall());
      const held = await mustClaim();
      const other = aMail();
      await outbox().add([{ ...mail, address: 'other@example.com' }, other], testCall());
      expect((await mustClaim()).mail).toEqual(other);
      expect(await claim()).toBeUndefined();
      await outbox().postpone(held, 0, testCall());
      const again = await mustClaim();
      expect(again.mail).toEqual(mail);
      await outbox().finish(again, testCall());
      await pass(1);
      expect((await outbox().backlog(testCall())).waiting).toBe(1);
      await outbox().finish({ mail: other, attempt: 1 }, testCall());
    });

    test('counts what waits, held mails too, and knows the oldest', async () => {
      const now = Date.now();
      const mails = [3, 2, 1].map((hours) => aMail({ requestedAt: new Date(now - hours * 3_600_000) }));
      await outbox().add(mails, testCall());
      const first = await mustClaim();
      expect(await outbox().backlog(testCall())).toEqual({ waiting: 3, oldest: mails[0]?.requestedAt });
      await outbox().finish(first, testCall());
      expect(await outbox().backlog(testCall())).toEqual({ waiting: 2, oldest: mails[1]?.requestedAt });
    });
  });

  describe('The mail outbox of a store that is closed and opened again', () => {
    const fixture = storeFixture(open);

    test('has what was acknowledged, with its leases', async () => {
      const [held, waiting] = [aMail(), aMail()];
      await fixture().store.mailOutbox.add([held, waiting], testCall());
      const claimed = await fixture().store.mailOutbox.claim(LEASE_MS, testCall());
      if (claimed === undefined) throw new Error('No mail is due');
      const { mailOutbox } = await fixture().reopen();
      expect(await mailOutbox.claim(LEASE_MS, testCall())).toEqual({ mail: waiting, attempt: 1 });
      expect(await mailOutbox.claim(LEASE_MS, testCall())).toBeUndefined();
      expect(await mailOutbox.finish(claimed, testCall())).toBe(true);
      expect((await mailOutbox.backlog(testCall())).waiting).toBe(1);
    });
  });
}
