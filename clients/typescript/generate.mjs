import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const GENERATED = 'clients/typescript/src/gen';

/**
 * Writes the messages that the client needs below `out`. What ts-proto generates imports @bufbuild/protobuf for the
 * encoding alone; src/wire.ts has it in a few lines, so that the package has a dependency less.
 */
export function generate(out = root) {
  const template = join(root, 'clients/typescript/buf.gen.yaml');
  const buf = join(root, 'node_modules/.bin/buf');
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] };
  const { status } = spawnSync(buf, ['generate', '--template', template, '-o', out], options);
  if (status !== 0) throw new Error('buf generate failed; see above');
  const directory = join(out, GENERATED);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const path = join(directory, name);
    const wire = relative(dirname(path), join(out, 'clients/typescript/src/wire'));
    writeFileSync(path, readFileSync(path, 'utf8').replace('"@bufbuild/protobuf/wire"', JSON.stringify(wire)));
  }
}

if (realpathSync(process.argv[1] ?? root) === fileURLToPath(import.meta.url)) generate(process.argv[2]);
