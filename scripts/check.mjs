import './require-node.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from './install.mjs';
import { longLines } from './long-lines.mjs';
import { root } from './project.mjs';

const GENERATED_FOR_CLIENT = 'clients/typescript/src/gen';
const bin = (name) => join(root, 'node_modules/.bin', name);

/** Every check that is not a behaviour: name -> whether it holds. */
const checks = {
  types: () => run(bin('tsc'), '-p', '.') && run(bin('tsc'), '-p', 'clients/typescript'),
  lint: () => run(bin('biome'), 'ci', '--colors=off', '.'),
  imports: () => run(bin('depcruise'), 'src', '--config', '.dependency-cruiser.js'),
  'proto lint': () => run(bin('buf'), 'lint'),
  'proto format': () => run(bin('buf'), 'format', 'proto', '-d', '--exit-code'),
  'generated code': generatedCodeIsUpToDate,
  'line length': noLongLines,
  'docs parity': () => run(bin('jest'), '--silent', '--testPathPatterns', 'documentation|error-table|k8s-names'),
};

function generatedCodeIsUpToDate() {
  const fresh = mkdtempSync(join(tmpdir(), 'postern-gen-'));
  try {
    const descriptors = join(fresh, 'descriptors.binpb');
    return (
      run(bin('buf'), 'generate', '-o', fresh) &&
      run('diff', '-r', 'src/gen', join(fresh, 'src/gen')) &&
      run(process.execPath, 'clients/typescript/generate.mjs', fresh) &&
      run('diff', '-r', GENERATED_FOR_CLIENT, join(fresh, GENERATED_FOR_CLIENT)) &&
      run(bin('buf'), 'build', '--as-file-descriptor-set', '-o', descriptors) &&
      run('cmp', 'proto/descriptors.binpb', descriptors)
    );
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

/** Lines of tables may be longer, and lines that one literal, link or word makes too long. */
function noLongLines() {
  const found = longLines(root);
  for (const line of found) process.stdout.write(`over 120 columns: ${line}\n`);
  return found.length === 0;
}

function run(command, ...args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

install();
const asked = process.argv.slice(2);
const names = asked.length === 0 ? Object.keys(checks) : asked;
const failed = names.filter((name) => {
  const holds = checks[name]?.() ?? false;
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${name}\n`);
  return !holds;
});
process.exitCode = failed.length === 0 ? 0 : 1;
