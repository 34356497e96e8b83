import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { StreamTable } from '../../../src/grpc/connections/stream-table';

// Prints how much the old space grew at most, in MiB, while values came and went, sixteen at a time.

const VALUES = 100_000;
const AT_ONCE = 16;
const LENGTH = 600;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const oldSpace = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? Number.NaN;

const table = new StreamTable<number[]>();
collect();
const before = oldSpace();
let most = before;
for (let n = 0; n < VALUES; n += 1) {
  table.set(n, new Array(LENGTH).fill(n));
  table.delete(n - AT_ONCE);
  if (n % 100 === 0) most = Math.max(most, oldSpace());
}
process.stdout.write(`${(most - before) / 2 ** 20}\n`);
