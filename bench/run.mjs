import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { install } from '../scripts/install.mjs';
import { root } from '../scripts/project.mjs';

// Builds the service and the benchmark, then runs the benchmark: npm run bench -- --help
install();
build();
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'bench')], { stdio: ['ignore', 2, 2] });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
const main = join(root, '.cache/bench/bench/main.js');
// For what is measured call by call: the garbage of this process is collected before, not in the middle of one.
const args = ['--expose-gc', main, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
