import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { retainNextTickShape } from '../../../src/next-tick-shape';

// Prints how many times longer process.nextTick takes after a full collection that found no object of it; with the
// argument `keep` one is kept.

const TICKS = 1000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** In nanoseconds for each, the best of many rounds. */
async function cost(): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 350; round += 1) {
    const startedAt = process.hrtime.bigint();
    await ticks();
    if (round >= 300) best = Math.min(best, Number(process.hrtime.bigint() - startedAt) / TICKS);
  }
  return best;
}

function ticks(): Promise<void> {
  return new Promise((resolve) => {
    let left = TICKS;
    const tick = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let n = 0; n < TICKS; n += 1) process.nextTick(tick);
  });
}

async function main(): Promise<void> {
  if (process.argv.includes('keep')) retainNextTickShape();
  const before = await cost();
  for (let n = 0; n < 3; n += 1) {
    await idle(20);
    collect();
  }
  const after = await cost();
  process.stdout.write(`${after / before}\n`);
}

void main();
