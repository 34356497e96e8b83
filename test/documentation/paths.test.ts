import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ARCHITECTURE = readFileSync('docs/ARCHITECTURE.md', 'utf8');
const PAGES = ['docs/ARCHITECTURE.md', 'docs/requirements.md', 'docs/install.md', 'docs/running.md', 'docs/repair.md'];

test.each(['CONTRIBUTING.md', ...PAGES])('Every file and folder of this repository that %s names exists', (page) => {
  const text = readFileSync(page, 'utf8').replaceAll(/The new file `[^`]+`/g, '');
  const named = text.matchAll(/`((?:src|test|docs|k8s|scripts|proto|examples|bench)\/[^`\s]+)`/g);
  expect([...named].map(([, path = '']) => path).filter((path) => !existsSync(path))).toEqual([]);
});

test('The layout of docs/ARCHITECTURE.md has a row for every folder of src', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const missing = folders.map(({ name }) => join('src', name)).filter((path) => !ARCHITECTURE.includes(`\`${path}\``));
  expect(missing).toEqual([]);
});

test.each([
  'src/store/embedded',
  'src/store/mongo',
])('The layout in the README of %s has a row for each folder', (room) => {
  const readme = readFileSync(join(room, 'README.md'), 'utf8');
  const folders = readdirSync(room, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).filter((name) => !readme.includes(`| \`${name}\` |`))).toEqual([]);
});

test('The table of the domain in docs/ARCHITECTURE.md has a row for every folder of src/auth', () => {
  const folders = readdirSync('src/auth', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).filter((name) => !ARCHITECTURE.includes(`| \`${name}\` |`))).toEqual([]);
});

test('The glossary of docs/ARCHITECTURE.md is in alphabetical order, each word once', () => {
  const [, glossary = ''] = /^## Glossary\n([\s\S]*?)\n## /m.exec(ARCHITECTURE) ?? [];
  const words = [...glossary.matchAll(/^\| ([^|]+) \|/gm)].map(([, word = '']) => word).slice(2);
  expect(words.length).toBeGreaterThan(25);
  const plain = words.map((word) => word.replaceAll(/[`,]/g, '').toLowerCase());
  expect(plain).toEqual([...new Set(plain)].sort());
});
