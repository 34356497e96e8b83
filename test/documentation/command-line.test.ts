import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { COMMANDS } from '../../src/cli/commands';

const isText = /(\.(md|ts|mjs|cjs|js|json|ya?ml|sh|py|go|proto|conf|toml|service)|Dockerfile|\.env\.example)$/;
const FILES = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((name) => isText.test(name) && !/(^|\/)package-lock\.json$/.test(name));

/** Of a page that people copy from: what stands in its code blocks. */
const codeBlocks = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^ *```(?:sh|bash|console)?[^\n]*\n([\s\S]*?)^ *```/gm)].flatMap(
    ([, code = '']) => code.split('\n'),
  );

// npx asks the registry for whatever is not installed where it runs, and `postern` there is not ours.
test('No file but the warning against it says to run postern through npx or npm exec', () => {
  const lines = FILES.filter((name) => !/^(CHANGELOG\.md|docs\/decisions\/)/.test(name)).flatMap((name) =>
    readFileSync(name, 'utf8')
      .split('\n')
      .filter((line) => /\b(npx|npm exec|npm x|pnpm dlx|yarn dlx|bunx)\b[^'"`]*\bpostern\b/.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  const warning = lines.filter((line) => line.startsWith('docs/cli.md: Do not type `npx postern`'));
  expect(warning).toHaveLength(1);
  expect(lines.filter((line) => !warning.includes(line) && !line.startsWith('test/documentation/'))).toEqual([]);
});

test('Every command in the code blocks of the documentation names the file that it runs', () => {
  const pages = FILES.filter((name) => /^(README|CONTRIBUTING|SECURITY|docs\/[^/]+|examples\/.+)\.md$/.test(name));
  expect(pages.length).toBeGreaterThan(15);
  const bare = pages.flatMap((page) =>
    codeBlocks(page)
      .filter((line) => /^\s*(\$ )?postern [a-z]/.test(line))
      .map((line) => `${page}: ${line}`),
  );
  expect(bare).toEqual([]);
  expect(pages.flatMap(codeBlocks).filter((line) => line.startsWith('node bin/postern.js ')).length).toBeGreaterThan(
    10,
  );
});

describe('docs/cli.md', () => {
  const page = readFileSync('docs/cli.md', 'utf8');
  const words = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  const takes = (option: string) =>
    Object.keys(COMMANDS).filter((name) => option in (COMMANDS[name]?.().options ?? {}));
  /** `users create`, `disable`: the second is of the group of the first. */
  const readCommands = (cell: string) => {
    let group = '';
    return words(cell).map((word) => {
      const name = word in COMMANDS ? word : `${group} ${word}`;
      group = name.replace(/ .*/, '');
      return name;
    });
  };

  test('shows the document of every command that takes --json, and names the others', () => {
    const [, others = '', table = ''] =
      /^Every command takes `--json`, except (.*?), which writes .*?\| document \|\n\|---\|---\|\n(.*?)\n\n/ms.exec(
        page,
      ) ?? [];
    const shown = table.split('\n').flatMap((row) => readCommands(row.split(' | ')[0] ?? ''));
    expect(shown.sort()).toEqual(takes('json').sort());
    expect(words(others).sort()).toEqual(
      Object.keys(COMMANDS)
        .filter((name) => !takes('json').includes(name))
        .sort(),
    );
  });

  test('names the commands whose lists come in pages', () => {
    const [, named = ''] = /(`users list`[^.]*?) take `--limit N`/s.exec(page) ?? [];
    expect(words(named).sort()).toEqual(takes('page-token').sort());
  });
});
