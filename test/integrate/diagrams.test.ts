import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installed } from '../interop/toolchains';

const run = promisify(execFile);
const PACKAGES = ['mermaid@11.12.2', 'jsdom@26.1.0'];
const PAGES = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((page) =>
  page.endsWith('.md'),
);
const DIAGRAMS = PAGES.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, text = '']) => ({ page, text })),
);

/** What Mermaid says of each text: its kind, or what is wrong with it. */
async function parse(texts: readonly string[]): Promise<string[]> {
  const modules = join('node_modules', 'mermaid', 'package.json');
  const directory = await installed(PACKAGES.join('-'), modules, (prefix) =>
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', prefix, ...PACKAGES]),
  );
  const asking = run(process.execPath, [join(__dirname, 'parse-diagrams.mjs'), directory]);
  asking.child.stdin?.end(JSON.stringify(texts));
  return JSON.parse((await asking).stdout);
}

test('The README begins with a picture', () => {
  expect(readFileSync('README.md', 'utf8').split(/^## /m)[0]).toContain('```mermaid\nflowchart');
});

test('docs/flows.md has a diagram of login, refresh, replay, logout and rotation', () => {
  const titles = readFileSync('docs/flows.md', 'utf8').matchAll(/^## (.*)\n\n```mermaid\nsequenceDiagram/gm);
  expect([...titles].map(([, title]) => title)).toEqual([
    'Login',
    'Refresh, and a reply that is lost',
    'A refresh token that was stolen',
    'Logout, seen by every replica',
    'A new signing key (ES256, RS256)',
  ]);
});

test('Mermaid parses every diagram of the documents, and no broken one', async () => {
  const kinds = await parse([...DIAGRAMS.map(({ text }) => text), 'sequenceDiagram\n  A->>: no receiver\n']);
  const broken = kinds.pop();
  expect(broken).toMatch(/^Parse error/);
  expect(kinds.length).toBeGreaterThan(8);
  const faults = DIAGRAMS.map(({ page }, at) => `${page}: ${kinds[at]}`);
  expect(faults.filter((said) => !/: (flowchart-v2|sequence)$/.test(said))).toEqual([]);
}, 240_000);
