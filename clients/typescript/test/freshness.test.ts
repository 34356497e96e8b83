import { Freshness } from '../src/feed/freshness';
import { SteppedClock } from './support/stepped-clock';

const SECOND = 1_000;

/** A service whose clock is `skewMs` ahead of the wall clock here at the start, and from then on goes its own way. */
function start(skewMs = 0) {
  const clock = new SteppedClock();
  const service = { now: clock.wall + skewMs };
  const freshness = new Freshness(clock);
  const pass = (ms: number): void => {
    clock.pass(ms);
    service.now += ms;
  };
  const beat = (lagMs = 0): void => freshness.onHeartbeat(service.now - lagMs);
  return { clock, service, freshness, pass, beat };
}

test('Staleness is infinite before the first heartbeat, then what the heartbeat says and what has passed since', () => {
  const { freshness, pass, beat } = start();
  expect(freshness.staleness()).toBe(Number.POSITIVE_INFINITY);
  beat(200);
  expect(freshness.staleness()).toBe(200);
  pass(SECOND);
  expect(freshness.staleness()).toBe(1_200);
  beat(50);
  expect(freshness.staleness()).toBe(50);
});

test('Staleness counts what a heartbeat was held up on its way', () => {
  const { freshness, pass, beat, service } = start();
  beat();
  const sentAt = service.now + SECOND;
  pass(SECOND + 4_000);
  freshness.onHeartbeat(sentAt);
  expect(freshness.staleness()).toBe(4_000);
  pass(SECOND);
  beat();
  expect(freshness.staleness()).toBe(0);
});

test('A replica that does not see its store is stale however often it says so', () => {
  const { freshness, pass, service } = start();
  const stuckAt = service.now;
  for (let n = 1; n <= 5; n += 1) {
    pass(SECOND);
    freshness.onHeartbeat(stuckAt);
    expect(freshness.staleness()).toBe(n * SECOND);
  }
});

test('A replica that does not see its store is stale though roundings move what it says', () => {
  const { freshness, pass, service } = start();
  const stuckAt = service.now;
  freshness.onHeartbeat(stuckAt);
  for (let n = 1; n <= 5; n += 1) {
    pass(SECOND);
    freshness.onHeartbeat(stuckAt - (n % 2));
  }
  expect(freshness.staleness()).toBe(5 * SECOND + 1);
});

test.each([
  3_600_000, -3_600_000,
])('A wall clock that jumps by %i ms leaves the next heartbeats as fresh as before', (jump) => {
  const { clock, freshness, pass, beat } = start();
  beat(100);
  pass(SECOND);
  clock.wall += jump;
  // A machine that was suspended looks the same, so until the next heartbeat nothing is sure.
  expect(freshness.staleness()).toBe(Math.max(jump, 0) + 1_100);
  beat(100);
  expect(freshness.staleness()).toBe(100);
  pass(3_000);
  expect(freshness.staleness()).toBe(3_100);
});

test.each([3_600_000, -3_600_000])('A service whose clock jumps by %i ms stays as fresh as it was', (jump) => {
  const { service, freshness, pass, beat } = start();
  beat(100);
  pass(SECOND);
  service.now += jump;
  beat(100);
  expect(freshness.staleness()).toBeLessThanOrEqual(100);
  pass(SECOND);
  beat(100);
  expect(freshness.staleness()).toBeLessThanOrEqual(100);
});

test('A wall clock that was wrong at the first heartbeat is believed once it is right', () => {
  const { clock, freshness, pass, beat } = start(-60_000);
  beat();
  expect(freshness.staleness()).toBe(60_000);
  pass(SECOND);
  clock.wall -= 60_000;
  beat();
  expect(freshness.staleness()).toBe(0);
});

test('A replica whose clock is behind that of the last one looks older than it is, never younger', () => {
  const { freshness, pass, service } = start();
  freshness.onHeartbeat(service.now);
  pass(SECOND);
  freshness.startStream();
  freshness.onHeartbeat(service.now - 700);
  expect(freshness.staleness()).toBe(700);
});
