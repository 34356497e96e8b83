import { spawnTypeScript } from '../../support/spawn-typescript';

/** How many times longer `process.nextTick` takes after a full collection while nothing waits for its turn. */
async function dearer(...args: string[]): Promise<number> {
  const child = spawnTypeScript('tick-cost.ts', args);
  await child.printed(1);
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stderr()).toBe('');
  return Number(child.lines[0]);
}

test('a full collection makes nextTick no dearer, as it does where no object of it is kept', async () => {
  const kept = await dearer('keep');
  expect(kept).toBeGreaterThan(0.2);
  expect(kept).toBeLessThan(0.6 * (await dearer()));
});
