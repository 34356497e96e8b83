import { getHeapSpaceStatistics } from 'node:v8';
import { tuneCollector } from '../../../src/composition/collector';

// Prints how large the old space became, as a multiple of what lives in it, while everything in it was replaced again
// and again.

const LIVING = 40_000;
const LENGTH = 120;
const ROUNDS = 30;

const oldSpace = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? Number.NaN;

tuneCollector(process.argv.slice(2));
const living: number[][] = [];
let most = 0;
for (let n = 0; n < LIVING * ROUNDS; n += 1) {
  living[n % LIVING] = new Array(LENGTH).fill(n);
  if (n % 500 === 0) most = Math.max(most, oldSpace());
}
process.stdout.write(`${most / (LIVING * LENGTH * 8)}\n`);
