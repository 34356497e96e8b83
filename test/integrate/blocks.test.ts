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

test('The line before a file of docs/integrate.md says what the file is called, since a page does not show its names', () => {
  const page = readFileSync('docs/integrate.md', 'utf8');
  const files = [...page.matchAll(/^(.*)\n\n```\w+ [\w-]+\/(\S+\.\w+)$/gm)].map(([, before = '', file]) => ({
    before,
    file,
  }));
  expect(files).toHaveLength(readBlocks('docs/integrate.md').filter(({ name }) => /\.\w+$/.test(name)).length);
  expect(files.filter(({ before, file }) => !before.includes(`\`${file}\``))).toEqual([]);
});
