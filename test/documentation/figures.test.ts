import { readdirSync, readFileSync } from 'node:fs';
import { ALL_SETTINGS } from '../../src/config/settings';

const PAGES = ['README.md', 'SECURITY.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

// Two figures for one thing become two truths as soon as one of them changes.
test('Defaults of settings stand in docs/configuration.md, and are repeated by no other page', () => {
  const names = ALL_SETTINGS.map(({ name }) => name).join('|');
  const repeated = PAGES.filter((page) => page !== 'docs/configuration.md').flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(new RegExp(`\\b(?:${names})\`? \\(\\d[^)]*\\)`, 'g'))].map(
      ([found]) => `${page}: ${found}`,
    ),
  );
  expect(PAGES.length).toBeGreaterThan(20);
  expect(repeated).toEqual([]);
});
