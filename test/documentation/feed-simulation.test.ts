import { type FeedDesign, simulateFeed } from '../../bench/cases/feed-simulation';

/** A document costs the database 2.5 ms of CPU: at a thousand a second 2.5 cores. */
const DESIGN: FeedDesign = {
  replicas: 10,
  perSecond: 1_000,
  gatherMs: 0,
  followers: 10,
  cores: 4,
  writeUs: 500,
  followUs: 200,
};

test('The simulated feed keeps up while the database has the cores, and falls behind without them', () => {
  const enough = simulateFeed(DESIGN);
  expect(enough.busyCores).toBeCloseTo(2.5, 1);
  expect(enough.delayP99Ms).toBeLessThanOrEqual(2);
  expect(enough.behindMs).toBeLessThanOrEqual(2);
  const few = simulateFeed({ ...DESIGN, cores: 1 });
  expect(few.busyCores).toBeCloseTo(1, 1);
  // Of 20 s the work of 8 is done.
  expect(few.behindMs / 1_000).toBeCloseTo(12, 0);
});

test('The simulated feed is cheaper with fewer followers, and by as much as is gathered in one document', () => {
  const relays = simulateFeed({ ...DESIGN, followers: 2 });
  expect(relays.busyCores).toBeCloseTo(0.9, 1);
  // Each of ten replicas sends a document at most every 20 ms, some 3 of its revocations: 330 a second, not 1,000.
  const gathered = simulateFeed({ ...DESIGN, gatherMs: 20 });
  expect(gathered.busyCores).toBeGreaterThan(0.75);
  expect(gathered.busyCores).toBeLessThan(0.95);
  expect(gathered.delayP99Ms).toBeGreaterThanOrEqual(20);
  expect(gathered.delayP99Ms).toBeLessThan(30);
});
