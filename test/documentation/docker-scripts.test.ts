import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const SCRIPTS = join(ROOT, 'scripts', 'docker');

/** What scripts ask of modules of the tests; only machines that reach no image registry run those lines. */
const uses = readdirSync(SCRIPTS).flatMap((file) =>
  [...readFileSync(join(SCRIPTS, file), 'utf8').matchAll(/require\('(\.\/test\/[^']+)'\)\.(\w+)/g)].map(
    ([, module = '', name = '']) => ({ file, module, name }),
  ),
);

test('The scripts of Docker find mailpit and mongod by modules of the tests', () => {
  expect(uses.map(({ file }) => file)).toEqual(expect.arrayContaining(['mailpit.sh', 'mongo.sh']));
});

test.each(uses)('$file calls $name, which $module exports', ({ module, name }) => {
  expect(require(join(ROOT, module))[name]).toBeInstanceOf(Function);
});
