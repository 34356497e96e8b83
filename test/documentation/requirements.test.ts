import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CITATION = /\[([A-I]\d{1,2}(?:, [A-I]\d{1,2})*)\](?=['"`],)/g;
const CODE_FIRST = /['"`](?:[A-I]\d{1,2} )*[A-I]\d{1,2}: /;

/** code -> the folders of tests that its row names. */
const requirements = new Map(
  [...readFileSync('docs/requirements.md', 'utf8').matchAll(/^\| ([A-I]\d{1,2}) \|.*\| ([^|]+) \|$/gm)].map(
    ([, code = '', folders = '']) => [
      code,
      [...folders.matchAll(/`(test\/[^`]+)`/g)].map(([, folder]) => `${folder}/`),
    ],
  ),
);

const sources = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(test|contract)\.ts$/.test(name))
  .map((name) => ({ path: join('test', name), text: readFileSync(join('test', name), 'utf8') }));

const citations = sources.flatMap(({ path, text }) =>
  [...text.matchAll(CITATION)].flatMap(([, codes = '']) => codes.split(', ').map((code) => ({ code, path }))),
);

test('docs/requirements.md defines every code of A1 to I7 once, in order', () => {
  const counts = { A: 14, B: 8, C: 14, D: 9, E: 13, F: 4, G: 5, H: 6, I: 7 };
  const expected = Object.entries(counts).flatMap(([area, count]) =>
    Array.from({ length: count }, (_, index) => `${area}${index + 1}`),
  );
  expect([...requirements.keys()]).toEqual(expected);
});

test('every requirement is cited by a test below each folder that its row names', () => {
  const unproved = [...requirements].flatMap(([code, folders]) =>
    (folders.length === 0 ? ['(none named)'] : folders)
      .filter((folder) => !citations.some((citation) => citation.code === code && citation.path.startsWith(folder)))
      .map((folder) => `${code} in ${folder}`),
  );
  expect(unproved).toEqual([]);
});

test('every code that a test cites is defined', () => {
  const unknown = citations.filter(({ code }) => !requirements.has(code)).map(({ code, path }) => `${code} in ${path}`);
  expect(unknown).toEqual([]);
});

test('tests cite requirements at the end of their names', () => {
  const first = sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (CODE_FIRST.test(line) ? [`${path}:${index + 1}`] : [])),
  );
  expect(first).toEqual([]);
});
