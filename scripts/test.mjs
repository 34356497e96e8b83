import './require-node.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { filesWithName, needsBuild } from './choose-tests.mjs';
import { install } from './install.mjs';
import { root } from './project.mjs';

const args = [...process.argv.slice(2), ...filesWithName(root, process.argv.slice(2))];

try {
  install();
  if (needsBuild(args)) build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const jest = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...args], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => jest.kill(signal));
jest.on('close', (code) => {
  process.exitCode = code ?? 1;
});
