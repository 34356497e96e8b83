import { randomUUID } from 'node:crypto';
import { Revocations } from '../src/feed/revocations';
import { type FeedListener, type FeedSource, Watch } from '../src/feed/watch';
import type { WatchRevocationsResponse } from '../src/gen/postern/auth/v1/auth_service';
import { SteppedClock } from './support/stepped-clock';

type Event = NonNullable<WatchRevocationsResponse['event']>;

/** A feed that says what the test lets it say. */
class ScriptedFeed implements FeedSource {
  readonly resumeTokens: string[] = [];
  replaced = 0;
  cancelled = 0;
  #listener: FeedListener | undefined;

  open(resumeToken: string, listener: FeedListener) {
    this.resumeTokens.push(resumeToken);
    this.#listener = listener;
    const cancel = (): void => {
      this.cancelled += 1;
    };
    return { cancel };
  }

  replaceConnection(): void {
    this.replaced += 1;
  }

  say(event: Event | undefined, resumeToken = 'r1'): void {
    this.#listener?.onMessage({ event, resumeToken });
  }

  end(code: number): void {
    this.#listener?.onEnd({ code, message: 'ended' });
  }
}

const CAUGHT_UP: Event = { $case: 'caughtUp', caughtUp: {} };

function start() {
  jest.useFakeTimers();
  const clock = new SteppedClock();
  const feed = new ScriptedFeed();
  const revocations = new Revocations(clock, 60_000);
  const refusals: number[] = [];
  const watch = new Watch(feed, revocations, clock, ({ code }) => refusals.push(code));
  watch.open();
  const beat = (): void => feed.say({ $case: 'heartbeat', heartbeat: { freshAt: new Date(clock.wall) } });
  const pass = (ms: number): void => {
    clock.pass(ms);
    jest.advanceTimersByTime(ms);
  };
  return { clock, feed, revocations, watch, beat, pass, refusals };
}

afterEach(() => jest.useRealTimers());

test('A heartbeat before all that was known has come vouches for nothing', () => {
  const { feed, watch, beat } = start();
  beat();
  expect(watch.staleness()).toBe(Number.POSITIVE_INFINITY);
  feed.say(CAUGHT_UP);
  expect(watch.staleness()).toBe(Number.POSITIVE_INFINITY);
  beat();
  expect(watch.staleness()).toBe(0);
});

test('A stream that broke is taken up where it was, and is stale until it has caught up', () => {
  const { feed, watch, beat, pass } = start();
  feed.say(CAUGHT_UP);
  beat();
  feed.say(undefined, 'r2');
  feed.end(14);
  pass(1_000);
  expect(feed.resumeTokens).toEqual(['', 'r2']);
  beat();
  expect(watch.staleness()).toBe(1_000);
  feed.say(CAUGHT_UP);
  beat();
  expect(watch.staleness()).toBe(0);
  expect(watch.stats()).toMatchObject({ reconnects: 1, lastError: { code: 14 } });
});

test('After more than a minute and a half without word, or a refused resume token, all is read anew', () => {
  const { feed, watch, revocations, beat, pass } = start();
  feed.say(CAUGHT_UP);
  beat();
  revocations.endSession(randomUUID());
  feed.end(3);
  expect(watch.staleness()).toBe(Number.POSITIVE_INFINITY);
  pass(1_000);
  expect(feed.resumeTokens).toEqual(['', '']);
  expect(revocations.size).toBe(0);
  feed.say(CAUGHT_UP);
  beat();
  for (let n = 0; n < 100; n += 1) {
    pass(1_000);
    feed.end(14);
    if (n === 87) expect(feed.resumeTokens.at(-1)).toBe('r1');
  }
  expect(feed.resumeTokens.at(-1)).toBe('');
  expect(watch.staleness()).toBe(Number.POSITIVE_INFINITY);
});

test('A stream that says nothing for 3.5 s is left, and with it its connection', () => {
  const { feed, beat, pass } = start();
  feed.say(CAUGHT_UP);
  beat();
  pass(3_400);
  expect(feed.replaced).toBe(0);
  pass(200);
  expect(feed).toMatchObject({ replaced: 1, cancelled: 1 });
  pass(200);
  expect(feed.resumeTokens).toEqual(['', 'r1']);
});

test.each([
  ['2 s', 14, 30, 75],
  ['15 s where the key is refused, UNAUTHENTICATED', 16, 9, 17],
  ['15 s where the key is refused, PERMISSION_DENIED', 7, 9, 17],
])('Attempts come with growing pauses of at most %s', (_, code, least, most) => {
  const { feed, pass } = start();
  // A minute of failures: half of the longest pause to all of it once the pauses are long.
  for (let n = 0; n < 60 * 20; n += 1) {
    feed.end(code);
    pass(50);
  }
  expect(feed.resumeTokens.length).toBeGreaterThan(least);
  expect(feed.resumeTokens.length).toBeLessThan(most);
});

test('A revocation that names nothing known here breaks the stream', () => {
  const { feed } = start();
  feed.say({ $case: 'revocation', revocation: { target: undefined, revokedAt: undefined, reason: '' } });
  expect(feed.cancelled).toBe(1);
});

test('Messages of a stream that was left change nothing', () => {
  const { feed, revocations, pass } = start();
  const old = feed.say.bind(feed);
  feed.end(14);
  old({ $case: 'roleChange', roleChange: { userId: randomUUID(), roles: [], changedAt: undefined } });
  expect(revocations.size).toBe(0);
  pass(1_000);
  feed.say({
    $case: 'revocation',
    revocation: { target: { $case: 'userId', userId: 'u' }, revokedAt: undefined, reason: '' },
  });
  expect(revocations.size).toBe(1);
});

test('A watch that is closed opens nothing again', () => {
  const { feed, watch, pass } = start();
  feed.end(14);
  watch.close();
  pass(10_000);
  expect(feed.resumeTokens).toEqual(['']);
  expect(watch.staleness()).toBe(Number.POSITIVE_INFINITY);
});
