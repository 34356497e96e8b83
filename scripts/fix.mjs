import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install } from './install.mjs';
import { root } from './project.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);

/** Formats everything and corrects what can be corrected safely. */
install();
const commands = [
  [bin('biome'), 'check', '--write', '.'],
  [bin('buf'), 'format', '-w', 'proto'],
];
for (const [command, ...args] of commands) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
