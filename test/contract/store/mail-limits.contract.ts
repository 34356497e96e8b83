import { EMAIL_CHANGE_LIMITS, MAIL_LIMITS, NOTICE_LIMITS } from '../../../src/auth/outgoing-mail/mail-limits';
import { anId } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export function mailLimitsContract(open: OpenFresh): void {
  describe('MailLimits', () => {
    const fixture = storeFixture(open);
    const take = (subject: string, at: number, mailId = anId(), store = fixture().store) =>
      store.mailLimits.take(subject, mailId, MAIL_LIMITS, at, testCall());

    test('let one mail a minute and five an hour pass [I7]', async () => {
      const subject = anId();
      const start = Date.now();
      const minutes = [0, 0.9, 1, 2, 3, 4, 5, 30, 59.9, 60, 60.5, 61];
      const passed = [];
      for (const minute of minutes) if (await take(subject, start + minute * MINUTE_MS)) passed.push(minute);
      expect(passed).toEqual([0, 1, 2, 3, 4, 60, 61]);
    });

    test.each([
      ['notices', NOTICE_LIMITS],
      ['new addresses of a user', EMAIL_CHANGE_LIMITS],
    ])('let five %s an hour pass, at whatever pace [I7]', async (_, limits) => {
      const subject = anId();
      const start = Date.now();
      const passed = [];
      for (const minute of [0, 0, 0.1, 0.2, 30, 31, 59.9, 60, 60.05, 60.1, 90]) {
        const at = start + minute * MINUTE_MS;
        if (await fixture().store.mailLimits.take(subject, anId(), limits, at, testCall())) passed.push(minute);
      }
      expect(passed).toEqual([0, 0, 0.1, 0.2, 30, 60, 60.05, 60.1, 90]);
    });

    test('count each subject for itself, and its text is not in the store', async () => {
      const [ada, bob] = ['password-reset ada.of.limits@example.com', 'password-reset bob.of.limits@example.com'];
      const now = Date.now();
      expect([await take(ada, now), await take(bob, now), await take(ada, now)]).toEqual([true, true, false]);
      expect((await fixture().rawData()).includes('of.limits@example.com')).toBe(false);
    });

    test('let the same mail pass again and count it once', async () => {
      const subject = anId();
      const now = Date.now();
      const [first, second] = [anId(), anId()];
      expect(await take(subject, now, first)).toBe(true);
      expect(await take(subject, now + 10, second)).toBe(false);
      expect(await take(subject, now + 20, first)).toBe(true);
      expect(await take(subject, now + MINUTE_MS, second)).toBe(true);
      expect(await take(subject, now + MINUTE_MS, first)).toBe(true);
      for (const minute of [2, 3, 4]) expect(await take(subject, now + minute * MINUTE_MS)).toBe(true);
      expect(await take(subject, now + 5 * MINUTE_MS)).toBe(false);
    });

    test('let one of 30 parallel mails over two stores pass', async () => {
      const subject = anId();
      const stores = [fixture().store, await fixture().another()];
      const now = Date.now();
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) => take(subject, now, anId(), stores[i % 2])),
      );
      expect(answers.filter((passed) => passed)).toHaveLength(1);
    });

    test('lock no address out when the clock is set back', async () => {
      const subject = anId();
      const now = Date.now();
      expect(await take(subject, now + 10 * HOUR_MS)).toBe(true);
      expect(await take(subject, now)).toBe(false);
      expect(await take(subject, now + MINUTE_MS)).toBe(true);
    });

    test('forget a count when its hour is over', async () => {
      const [old, recent] = [anId(), anId()];
      const now = fixture().clock.now();
      const id = anId();
      await take(old, now - 2 * HOUR_MS, id);
      await take(recent, now, id);
      await fixture().swept();
      const data = await fixture().rawData();
      const occurrences = data.toString('latin1').split(id).length - 1;
      expect(occurrences).toBeGreaterThan(0);
      expect(await take(old, now, id)).toBe(true);
      expect(await take(recent, now)).toBe(false);
    });
  });
}
