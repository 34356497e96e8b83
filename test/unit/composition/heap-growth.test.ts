import { spawnTypeScript } from '../../support/spawn-typescript';

/** How large the old space of a process became, as a multiple of what lived in it. */
async function growth(...args: string[]): Promise<number> {
  const child = spawnTypeScript('churn.ts', args);
  await child.printed(1);
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stderr()).toBe('');
  return Number(child.lines[0]);
}

test('less that has died is kept than V8 would keep, unless the command line of Node says how much', async () => {
  const limited = await growth();
  const asNodeIsTold = await growth('--heap_growing_percent=300');
  expect(limited).toBeGreaterThan(1);
  expect(limited).toBeLessThan(0.85 * asNodeIsTold);
});
