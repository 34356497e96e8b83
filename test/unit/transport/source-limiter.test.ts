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

test('The source limiter does not count a refused call', () => {
  const clock = new TestClock();
  const limiter = new SourceLimiter(RATE, clock);
  spend(limiter, 'a', 100);
  clock.advance(5_000);
  expect(spend(limiter, 'a', 6)).toEqual([0, 0, 0, 0, 0, 1_000]);
});

test('The source limiter keeps the calls of one source apart from those of another', () => {
  const limiter = new SourceLimiter(RATE, new TestClock());
  spend(limiter, '198.51.100.1', 50);
  expect(limiter.take('198.51.100.2')).toBe(0);
});
