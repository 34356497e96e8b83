import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from '../../scripts/install.mjs';
import { alone } from '../../scripts/lock.mjs';
import { root } from '../../scripts/project.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'dist');
const stamp = join(out, '.built-from');

/**
 * Compiles src into dist, unless dist is what these sources give. CommonJS is the program; the ES modules only name
 * what it exports, so that a process that uses both has one of everything.
 */
export function buildClient() {
  install();
  alone(() => {
    const sources = digest();
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
    const fresh = `${out}.new`;
    rmSync(fresh, { recursive: true, force: true });
    compile(fresh);
    for (const name of subpaths()) writeEsModule(fresh, name);
    writeFileSync(join(fresh, '.built-from'), sources);
    rmSync(out, { recursive: true, force: true });
    renameSync(fresh, out);
  });
}

function compile(directory) {
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', directory];
  const { status } = spawnSync(process.execPath, tsc, { cwd: here, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('tsc failed; see above');
}

function writeEsModule(directory, name) {
  const names = Object.keys(createRequire(import.meta.url)(join(directory, `${name}.js`)));
  const module = `import commonjs from './${name}.js';\nexport const { ${names.join(', ')} } = commonjs;\n`;
  writeFileSync(join(directory, `${name}.mjs`), module);
  writeFileSync(join(directory, `${name}.d.mts`), `export * from './${name}.js';\n`);
}

/** The files of src that package.json lets others import. */
function subpaths() {
  const { exports } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  return Object.values(exports)
    .filter((target) => typeof target === 'object')
    .map(({ require }) => /^\.\/dist\/(.*)\.js$/.exec(require.default)[1]);
}

function digest() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(here, 'src'), { recursive: true, encoding: 'utf8' });
  const files = sources.filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
  for (const name of [...files, 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'build.mjs'].sort()) {
    const content = readFileSync(join(here, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.update(readFileSync(join(root, 'tsconfig.json'))).digest('hex');
}

if (realpathSync(process.argv[1] ?? root) === fileURLToPath(import.meta.url)) {
  try {
    buildClient();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
