import { numberFrom } from '../support/processes/spawn-typescript';

/** How many times longer `process.nextTick` takes after a full collection while nothing waits for its turn. */
const dearer = (...args: string[]) => numberFrom('load/tick-cost.ts', args);

test('a full collection makes nextTick no dearer, as it does where no object of it is kept', async () => {
  const kept = await dearer('keep');
  expect(kept).toBeGreaterThan(0.2);
  expect(kept).toBeLessThan(0.6 * (await dearer()));
});
