import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'docs/decisions';
const INDEX = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const FILES = readdirSync(FOLDER).filter((name) => name !== 'README.md');
const PAGES = FILES.map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }));

test('The index of the decisions has a row with number and title for each, in their order', () => {
  const rows = [...INDEX.matchAll(/^\| (\[\d+\]\([^)]+\) \| [^|]+) \|/gm)].map(([, cells = '']) => cells);
  const expected = PAGES.map(({ name, text }) => {
    const [, number = '', title = ''] = /^# (\d+)\. (.+)\n/.exec(text) ?? [];
    return `[${number}](${name}) | ${title}`;
  });
  expect(rows).toEqual(expected);
  expect(FILES.length).toBeGreaterThan(40);
});

test('The number of each decision is that of its file', () => {
  const numbers = PAGES.map(({ text }) => /^# (\d+)\./.exec(text)?.[1]?.padStart(4, '0'));
  expect(numbers).toEqual(FILES.map((name) => name.slice(0, 4)));
});

test('Each decision has a context, a decision and consequences, on one page of 50 lines', () => {
  const headings = (text: string) => [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const others = PAGES.filter(({ text }) => headings(text).join() !== 'Context,Decision,Consequences');
  const long = PAGES.filter(({ text }) => text.trimEnd().split('\n').length > 50);
  expect({ others: others.map(({ name }) => name), long: long.map(({ name }) => name) }).toEqual({
    others: [],
    long: [],
  });
});
