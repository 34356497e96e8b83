import { SourceLimiter } from '../../src/transport/limits/source-limiter';
import { TestClock } from '../support/domain/clock';

test('The source limiter keeps its counters and its memory under a million other sources [B6]', () => {
  const limiter = new SourceLimiter({ burst: 300, intervalMs: 200 }, new TestClock());
  for (let i = 0; i < 300; i += 1) limiter.take('attacker');
  limiter.take('warm');
  const before = process.memoryUsage();
  for (let i = 0; i < 1_000_000; i += 1) limiter.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  const after = process.memoryUsage();
  expect(limiter.take('attacker')).toBeGreaterThan(0);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  expect(after.rss - before.rss).toBeLessThan(100_000_000);
});

test('The source limiter admits a quiet source while a million others call', () => {
  const limiter = new SourceLimiter({ burst: 300, intervalMs: 200 }, new TestClock());
  for (let i = 0; i < 1_000_000; i += 1) limiter.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  expect(limiter.take('203.0.113.5')).toBe(0);
});
