import './require-node.mjs';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install } from './install.mjs';
import { alone } from './lock.mjs';
import { root } from './project.mjs';

const out = join(root, 'dist');
const stamp = join(out, '.built-from');

/** Compiles src into dist, unless dist is what these sources give. */
export function build() {
  if (isBuilt(digest())) return;
  alone(() => {
    const sources = digest();
    if (isBuilt(sources)) return;
    process.stderr.write('Building (once for these sources)...\n');
    compile(sources);
  });
}

function compile(sources) {
  const fresh = `${out}.new`;
  const old = `${out}.old`;
  rmSync(fresh, { recursive: true, force: true });
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', fresh];
  const { status } = spawnSync(process.execPath, tsc, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error('tsc failed; see above');
  }
  writeFileSync(join(fresh, '.built-from'), sources);
  rmSync(old, { recursive: true, force: true });
  // No process ever sees half a build.
  if (existsSync(out)) renameSync(out, old);
  renameSync(fresh, out);
  rmSync(old, { recursive: true, force: true });
}

function isBuilt(sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sources;
}

/** What dist depends on: the sources, how they are compiled, and by which compiler. */
function digest() {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true })
    .filter((name) => /\.(ts|js|json)$/.test(name))
    .map((name) => join('src', name));
  for (const name of [...files, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].sort()) {
    const content = readFileSync(join(root, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    install();
    build();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
