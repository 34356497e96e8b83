import type { VerifiedTokensStats } from '../../src/crypto/tokens/verified-tokens';
import { spawnTypeScript } from '../support/processes/spawn-typescript';

test('62,500 tokens that were never seen take no more memory than 12,500', async () => {
  const child = spawnTypeScript('load/token-flood.ts', []);
  await child.ended;
  expect(child.stderr()).toBe('');
  const rounds = child.lines.map((line) => JSON.parse(line) as VerifiedTokensStats & { bytes: number });
  expect(rounds.map(({ misses, hits }) => [misses, hits])).toEqual(
    [1, 2, 3, 4, 5].map((n) => [n * 12_500, n * 12_500]),
  );
  for (const { size, bytes } of rounds) {
    expect(size).toBeLessThanOrEqual(20_000);
    expect(size).toBeGreaterThanOrEqual(10_000);
    expect(bytes).toBeLessThan(30 * 2 ** 20);
  }
  // As many entries are held after the fifth round as after the first, less the few that share their 32 bits with
  // another one.
  expect(Math.abs((rounds[4]?.size ?? 0) - (rounds[0]?.size ?? 0))).toBeLessThan(8);
  expect((rounds[4]?.bytes ?? 0) - (rounds[0]?.bytes ?? 0)).toBeLessThan(3 * 2 ** 20);
}, 120_000);
