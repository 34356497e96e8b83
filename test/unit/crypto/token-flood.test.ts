import type { VerifiedTokensStats } from '../../../src/crypto/verified-tokens';
import { spawnTypeScript } from '../../support/spawn-typescript';

test('125,000 tokens that were never seen take no more memory than 25,000', async () => {
  const child = spawnTypeScript('token-flood.ts', []);
  await child.ended;
  expect(child.stderr()).toBe('');
  const rounds = child.lines.map((line) => JSON.parse(line) as VerifiedTokensStats & { bytes: number });
  expect(rounds.map(({ misses, hits }) => [misses, hits])).toEqual(
    [1, 2, 3, 4, 5].map((n) => [n * 25_000, n * 25_000]),
  );
  for (const { size, bytes } of rounds) {
    expect(size).toBeLessThanOrEqual(20_000);
    expect(size).toBeGreaterThanOrEqual(10_000);
    expect(bytes).toBeLessThan(34 * 2 ** 20);
  }
  // As many entries are held after rounds 3 and 5, and after 2 and 4.
  for (const later of [3, 4]) {
    expect((rounds[later]?.bytes ?? 0) - (rounds[later - 2]?.bytes ?? 0)).toBeLessThan(3 * 2 ** 20);
  }
});
