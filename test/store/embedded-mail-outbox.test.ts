import type { OpenedStore } from '../contract/store/opened-store';
import { aMail } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { openFreshEmbedded } from '../support/embedded/embedded';

const HOUR_MS = 3_600_000;

describe('The mail outbox of the embedded store', () => {
  let opened: OpenedStore;
  beforeEach(async () => {
    opened = await openFreshEmbedded();
  });
  afterEach(() => opened.destroy());
  const call = () => testCall({ deadline: opened.clock.monotonic() + 10_000 });
  const claim = (leaseMs = 60_000) => opened.store.mailOutbox.claim(leaseMs, call());

  test('gives out a mail that waits for a time that the clock, set back by days, is far away from', async () => {
    const mail = aMail();
    await opened.store.mailOutbox.add([mail], call());
    const first = await claim();
    if (first === undefined) throw new Error('No mail is due');
    await opened.store.mailOutbox.postpone(first, HOUR_MS, call());
    expect(await claim()).toBeUndefined();
    opened.clock.stepWallClock(-3 * 24 * HOUR_MS);
    expect(await claim()).toEqual({ mail, attempt: 2 });
    expect(await claim()).toBeUndefined();
  });

  test('holds a mail back for an hour at most, whatever pause is asked for', async () => {
    await opened.store.mailOutbox.add([aMail()], call());
    const first = await claim();
    if (first === undefined) throw new Error('No mail is due');
    await opened.store.mailOutbox.postpone(first, 24 * HOUR_MS, call());
    opened.clock.advance(HOUR_MS - 1);
    expect(await claim()).toBeUndefined();
    opened.clock.advance(2);
    expect((await claim())?.attempt).toBe(2);
  });
});
