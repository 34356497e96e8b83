import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './install.mjs';

// The hook runs in the work tree that is committed.
const root = process.cwd();
const bin = (name) => join(root, 'node_modules/.bin', name);
const FORMATTED = /\.(ts|mjs|cjs|js|json)$/;

const names = (...args) => execFileSync('git', args, { encoding: 'utf8' }).split('\0').filter(Boolean);
const run = (command, ...args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;

/** Formats what is committed and type-checks; a file of which only a part is committed is checked and left alone. */
function holds() {
  const staged = names('diff', '--cached', '--name-only', '--diff-filter=ACMR', '-z');
  const changedSince = new Set(names('diff', '--name-only', '-z'));
  const whole = staged.filter((name) => !changedSince.has(name));
  const parts = staged.filter((name) => changedSince.has(name));
  return (
    biome(whole, '--write') &&
    biome(parts) &&
    formatProtos(whole) &&
    restage(whole) &&
    (!staged.some((name) => name.endsWith('.ts')) || run(bin('tsc'), '-p', '.'))
  );
}

function biome(files, ...options) {
  const chosen = files.filter((name) => FORMATTED.test(name));
  if (chosen.length === 0) return true;
  return run(bin('biome'), 'check', '--no-errors-on-unmatched', '--files-ignore-unknown=true', ...options, ...chosen);
}

function formatProtos(files) {
  return files.filter((name) => name.endsWith('.proto')).every((name) => run(bin('buf'), 'format', '-w', name));
}

function restage(files) {
  return files.length === 0 || run('git', 'add', '--', ...files);
}

// The first commit of a clone may come before anything else that needs packages.
if (!existsSync(bin('biome'))) install();
if (!holds()) {
  process.stderr.write('Not committed: correct what is said above, `git add` it, and commit again.\n');
  process.exitCode = 1;
}
