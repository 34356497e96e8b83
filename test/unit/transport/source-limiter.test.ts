import { SourceLimiter } from '../../../src/transport/limits/source-limiter';
import { TestClock } from '../../support/domain/clock';

const RATE = { burst: 5, intervalMs: 1_000 };

function spend(limiter: SourceLimiter, source: string, times: number): number[] {
  return Array.from({ length: times }, () => limiter.take(source));
}

test('The source limiter allows a burst, refuses the next call, and says when one is allowed [B6]', () => {
  const clock = new TestClock();
  const limiter = new SourceLimiter(RATE, clock);
  expect(spend(limiter, 'a', 5)).toEqual([0, 0, 0, 0, 0]);
  expect(limiter.take('a')).toBe(1_000);
  clock.advance(999);
  expect(limiter.take('a')).toBe(1);
  clock.advance(1);
  expect(limiter.take('a')).toBe(0);
  expect(limiter.take('a')).toBe(1_000);
});

test('a refused call is not counted', () => {
  const clock = new TestClock();
  const limiter = new SourceLimiter(RATE, clock);
  spend(limiter, 'a', 100);
  clock.advance(5_000);
  expect(spend(limiter, 'a', 6)).toEqual([0, 0, 0, 0, 0, 1_000]);
});

test('one source does not use up what another has', () => {
  const limiter = new SourceLimiter(RATE, new TestClock());
  spend(limiter, '198.51.100.1', 50);
  expect(limiter.take('198.51.100.2')).toBe(0);
});

test('The source limiter keeps its counters and its memory under a million other sources [B6]', () => {
  const limiter = new SourceLimiter({ burst: 300, intervalMs: 200 }, new TestClock());
  spend(limiter, 'attacker', 300);
  limiter.take('warm');
  const before = process.memoryUsage();
  for (let i = 0; i < 1_000_000; i += 1) limiter.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  const after = process.memoryUsage();
  expect(limiter.take('attacker')).toBeGreaterThan(0);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  expect(after.rss - before.rss).toBeLessThan(100_000_000);
});

test('a quiet source is let in while a million others call', () => {
  const limiter = new SourceLimiter({ burst: 300, intervalMs: 200 }, new TestClock());
  for (let i = 0; i < 1_000_000; i += 1) limiter.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  expect(limiter.take('203.0.113.5')).toBe(0);
});
