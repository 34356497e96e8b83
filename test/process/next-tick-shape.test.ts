import { numberFrom } from '../support/processes/spawn-typescript';

/** How many times longer `process.nextTick` takes after a full collection while nothing waits for its turn. */
const dearer = (...args: string[]) => numberFrom('load/tick-cost.ts', args);

/** Six to nine times on Node 20, 22 and 24; V8 of Node 26.12 no longer forgets. */
const FORGOTTEN = 3;

test('a full collection makes nextTick hardly dearer, whether or not it does where no object of it is kept', async () => {
  const [kept, notKept] = [await dearer('keep'), await dearer()];
  expect(kept).toBeGreaterThan(0.2);
  expect(kept).toBeLessThan(notKept > FORGOTTEN ? 0.6 * notKept : FORGOTTEN);
  if (Number.parseInt(process.versions.node, 10) < 26) expect(notKept).toBeGreaterThan(FORGOTTEN);
});
