import { setFlagsFromString } from 'node:v8';
import { tuneCollector } from '../../../src/composition/collector';

// V8 prints a line for each collection of young objects ("Scavenge"), and one for each thread that took part in one
// ("copied=").

tuneCollector(process.argv.slice(2));
setFlagsFromString('--trace-gc');
setFlagsFromString('--trace-parallel-scavenge');
const living: object[] = [];
for (let n = 0; n < 3_000_000; n += 1) living[n % 200_000] = { n, list: [n] };
