import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBlocks } from './page';

const TESTS = readdirSync(__dirname)
  .filter((name) => name !== 'blocks.test.ts')
  .map((name) => readFileSync(join(__dirname, name), 'utf8'))
  .join('\n');

/** Whether a test names the block, its folder, or what it does in each folder. */
function isNamed(name: string): boolean {
  const [folder = '', file = ''] = name.split('/');
  const isOfFolder = file !== '' && !file.startsWith('install-') && TESTS.includes(`'${folder}'`);
  return TESTS.includes(`'${name}'`) || isOfFolder;
}

test('Every block of docs/integrate.md has a name of its own, and a test runs it', () => {
  const names = readBlocks('docs/integrate.md').map(({ name, text }) => name || `(no name) ${text}`);
  expect(names.length).toBeGreaterThan(30);
  expect(names).toEqual([...new Set(names)]);
  expect(names.filter((name) => !isNamed(name))).toEqual([]);
});
