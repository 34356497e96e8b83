import type { OpenedStore } from '../contract/store/opened-store';
import { aSession, LOGIN_LIMITS } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { openFreshEmbedded } from '../support/embedded/embedded';

const DAY_MS = 86_400_000;

describe('The sweep of the embedded store', () => {
  let opened: OpenedStore;
  beforeEach(async () => {
    opened = await openFreshEmbedded();
  });
  afterEach(() => opened.destroy());
  const { signal } = new AbortController();
  const call = () => testCall({ deadline: opened.clock.now() + 10_000, signal });

  test('takes away thousands of rows, batch after batch, and no row that lives', async () => {
    const start = opened.clock.now();
    const short = Array.from({ length: 1200 }, () => aSession({ expiresAt: new Date(start + 1000) }));
    const long = Array.from({ length: 50 }, () => aSession({ expiresAt: new Date(start + DAY_MS) }));
    await Promise.all([...short, ...long].map((session) => opened.store.sessions.insert(session, call())));
    opened.clock.set(start + 1001);
    await opened.swept();
    for (const { id } of short) expect(await opened.store.sessions.find(id, call())).toBeUndefined();
    for (const { id } of long) expect(await opened.store.sessions.find(id, call())).toBeDefined();
  });

  test('happens at the open', async () => {
    const session = aSession({ expiresAt: new Date(opened.clock.now() + 1000) });
    await opened.store.sessions.insert(session, call());
    opened.clock.advance(2000);
    const store = await opened.reopen();
    await opened.swept();
    expect(await store.sessions.find(session.id, call())).toBeUndefined();
  });

  test('forgets failures after their window, and knows a source as long as its latest success says', async () => {
    const failures = opened.store.loginFailures;
    const start = opened.clock.now();
    await failures.reserve('account', 'home', LOGIN_LIMITS, start, call());
    await failures.succeed('account', 'home', start, call());
    opened.clock.set(start + 20 * DAY_MS);
    await failures.succeed('account', 'home', opened.clock.now(), call());
    opened.clock.set(start + 40 * DAY_MS);
    await opened.swept();
    const now = opened.clock.now();
    for (let i = 0; i < 5; i += 1) await failures.reserve('account', `stranger-${i}`, LOGIN_LIMITS, now, call());
    expect(await failures.reserve('account', 'stranger', LOGIN_LIMITS, now, call())).toBe(900);
    expect(await failures.reserve('account', 'home', LOGIN_LIMITS, now, call())).toBeUndefined();
  });
});
