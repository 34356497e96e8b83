import type { LoginLimits } from '../../../src/auth/login/login-failures';
import { anId, LOGIN_LIMITS } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const WINDOW_MS = 900_000;
const DAY_MS = 86_400_000;

export function loginFailuresContract(open: OpenFresh): void {
  describe('Login failures', () => {
    const fixture = storeFixture(open);
    const failures = () => fixture().store.loginFailures;
    const start = Date.now();
    const reserve = (account: string, source = 's1', at = start, limits = LOGIN_LIMITS) =>
      failures().reserve(account, source, limits, at, testCall());
    const reserveMany = async (count: number, account: string, source = 's1', at = start) => {
      for (let i = 0; i < count; i += 1) expect(await reserve(account, source, at)).toBeUndefined();
    };

    test('allows as many attempts as the limit of a source, then says when to retry [B3]', async () => {
      const account = anId();
      await reserveMany(3, account);
      expect(await reserve(account)).toBe(900);
      expect(await reserve(account, 's1', start + 600_500)).toBe(300);
      await reserveMany(2, account, 's2');
    });

    test('allows as many attempts as the limit of an account, over all sources together [B3]', async () => {
      const account = anId();
      for (let i = 0; i < 5; i += 1) await reserveMany(1, account, `s${i}`);
      expect(await reserve(account, 's-new', start + 1000)).toBe(899);
      await reserveMany(1, anId(), 's-new');
    });

    test('shows what is refused now, and until when, and changes nothing by it', async () => {
      const account = anId();
      const lockout = (at: number) => failures().findLockout(account, LOGIN_LIMITS, at, testCall());
      expect(await lockout(start)).toEqual({ everywhereUntil: undefined, sourcesUntil: [] });
      await reserveMany(3, account, 's1', start);
      expect(await lockout(start + 1)).toEqual({
        everywhereUntil: undefined,
        sourcesUntil: [new Date(start + WINDOW_MS)],
      });
      await reserveMany(2, account, 's2', start + 1000);
      expect(await lockout(start + 2000)).toEqual({
        everywhereUntil: new Date(start + WINDOW_MS),
        sourcesUntil: [new Date(start + WINDOW_MS)],
      });
      expect(await reserve(account, 's3', start + 2000)).toBe(898);
      expect(await lockout(start + WINDOW_MS)).toEqual({ everywhereUntil: undefined, sourcesUntil: [] });
      // By a clock that was set back since, no longer than a window.
      expect((await lockout(start - 5 * WINDOW_MS)).everywhereUntil).toEqual(new Date(start - 4 * WINDOW_MS));
      await failures().clear(account, testCall());
      expect(await lockout(start + 2000)).toEqual({ everywhereUntil: undefined, sourcesUntil: [] });
    });

    test('does not count a refused try', async () => {
      const account = anId();
      await reserveMany(3, account);
      for (let i = 0; i < 20; i += 1) expect(await reserve(account, 's1', start + i)).toBeDefined();
      await reserveMany(2, account, 's2');
      expect(await reserve(account, 's3')).toBe(900);
      for (let i = 0; i < 20; i += 1) expect(await reserve(account, 's3')).toBeDefined();
      await failures().release(account, 's2', start, testCall());
      await reserveMany(1, account, 's3');
    });

    test('counts the window from the first failure, and begins anew after it', async () => {
      const account = anId();
      await reserveMany(1, account);
      await reserveMany(2, account, 's1', start + WINDOW_MS - 1000);
      expect(await reserve(account, 's1', start + WINDOW_MS - 1)).toBe(1);
      await reserveMany(3, account, 's1', start + WINDOW_MS);
      expect(await reserve(account, 's1', start + WINDOW_MS)).toBe(900);
    });

    test.each([
      -600_000,
      -30 * DAY_MS,
      -400 * DAY_MS,
    ])('lets a window last no longer than a window when the clock is set back by %i ms [B3]', async (step) => {
      const [account, everywhere] = [anId(), anId()];
      await reserveMany(3, account);
      for (let i = 0; i < 5; i += 1) await reserveMany(1, everywhere, `s${i}`);
      const back = start + step;
      expect(await reserve(account, 's1', back)).toBe(900);
      expect(await reserve(everywhere, 's-new', back)).toBe(900);
      expect(await reserve(account, 's1', back + 600_000)).toBe(300);
      expect(await reserve(everywhere, 's-new', back + 600_000)).toBe(300);
      await reserveMany(3, account, 's1', back + WINDOW_MS);
      await reserveMany(1, everywhere, 's-new', back + WINDOW_MS);
    });

    test.each([200])('allows exactly the limit of %i parallel attempts over two stores [B4]', async (count) => {
      const stores = [fixture().store, await fixture().another()];
      const tryAll = (account: string, source: (i: number) => string, limits: LoginLimits) =>
        Promise.all(
          Array.from({ length: count }, (_, i) =>
            (stores[i % 2] ?? fixture().store).loginFailures.reserve(account, source(i), limits, start, testCall()),
          ),
        );
      const allowed = (answers: (number | undefined)[]) => answers.filter((answer) => answer === undefined).length;
      const wide = { perSource: 10, perAccount: 100, windowSeconds: 900 };
      expect(allowed(await tryAll(anId(), () => 's1', wide))).toBe(10);
      expect(allowed(await tryAll(anId(), (i) => `s${i}`, wide))).toBe(100);
    });

    test('takes a reservation back', async () => {
      const account = anId();
      await reserveMany(3, account);
      await failures().release(account, 's1', start, testCall());
      await reserveMany(1, account);
      expect(await reserve(account)).toBe(900);
    });

    test('takes nothing back from a window that began after the reservation', async () => {
      const account = anId();
      await reserveMany(1, account);
      const later = start + WINDOW_MS + 1000;
      await reserveMany(3, account, 's1', later);
      await failures().release(account, 's1', start, testCall());
      expect(await reserve(account, 's1', later)).toBe(900);
    });

    test('never counts below nothing', async () => {
      const account = anId();
      for (let i = 0; i < 3; i += 1) await failures().release(account, 's1', start, testCall());
      await failures().succeed(account, 's2', start, testCall());
      await reserveMany(3, account);
      expect(await reserve(account)).toBe(900);
    });

    test('forgets the failures of a source that succeeds, and takes its one reservation back from the account', async () => {
      const account = anId();
      await reserveMany(3, account);
      await failures().succeed(account, 's1', start, testCall());
      await reserveMany(3, account, 's2');
      // Two of the five are the failures of before, which the account still counts.
      expect(await reserve(account, 's3')).toBe(900);
      await reserveMany(3, account, 's1');
    });

    test('does not apply an account limit that strangers used up to a source known for less than 30 days [B3]', async () => {
      const account = anId();
      await reserveMany(1, account, 'home', start);
      await failures().succeed(account, 'home', start, testCall());
      for (const days of [0, 29]) {
        const at = start + days * DAY_MS + 10;
        for (let i = 0; i < 5; i += 1) await reserveMany(1, account, `stranger-${i}`, at);
        expect(await reserve(account, 'stranger-x', at)).toBe(900);
        await reserveMany(3, account, 'home', at);
        expect(await reserve(account, 'home', at)).toBe(900);
      }
      const after = start + 30 * DAY_MS + 10;
      for (let i = 0; i < 5; i += 1) await reserveMany(1, account, `stranger-${i}`, after);
      expect(await reserve(account, 'home', after)).toBe(900);
    });

    test('knows a source for one account only', async () => {
      const [account, other] = [anId(), anId()];
      await reserveMany(1, account, 'home');
      await failures().succeed(account, 'home', start, testCall());
      for (let i = 0; i < 5; i += 1) await reserveMany(1, other, `stranger-${i}`);
      expect(await reserve(other, 'home')).toBe(900);
    });

    test('forgets all failures of an account on demand, and those of no other', async () => {
      const [account, other] = [anId(), anId()];
      for (const name of [account, other]) {
        await reserveMany(3, name, 's1');
        await reserveMany(2, name, 's2');
      }
      await failures().clear(account, testCall());
      await reserveMany(3, account, 's1');
      await reserveMany(2, account, 's2');
      expect(await reserve(other, 's3')).toBe(900);
    });

    test('is shared by stores [B5]', async () => {
      const account = anId();
      await reserveMany(3, account);
      const another = await fixture().another();
      expect(await another.loginFailures.reserve(account, 's1', LOGIN_LIMITS, start, testCall())).toBe(900);
    });

    test('takes any text as account and source, and keeps digests only', async () => {
      const marked = ['canary-account-5f1c', 'canary-source-77aa'] as const;
      for (const text of ['', '\0', '{"$ne":""}', '__proto__', 'a.b$c', 'x'.repeat(10_000), 'ﷺ', ...marked]) {
        await reserveMany(3, text, text);
        expect(await reserve(text, text)).toBe(900);
      }
      await failures().succeed(marked[0], marked[1], start, testCall());
      const data = await fixture().rawData();
      for (const canary of marked) expect(data.includes(canary)).toBe(false);
    });
  });
}
