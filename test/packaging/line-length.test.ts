import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What scripts/long-lines.mjs finds in a repository with these files. */
function longLines(files: Record<string, string>, { added = true } = {}): string[] {
  const root = mkdtempSync(join(tmpdir(), 'postern-lines-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    if (added) execFileSync('git', ['add', '.'], { cwd: root });
    const code = `
      import { longLines } from '${join(process.cwd(), 'scripts/long-lines.mjs')}';
      console.log(JSON.stringify(longLines('${root}')));`;
    return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
  } finally {
    rmSync(root, { recursive: true });
  }
}

const words = 'word '.repeat(25);

test('The line check reads programs of every language, and those without an ending of their name', () => {
  const files = { 'a.py': `# ${words}\n`, 'b.go': `// ${words}\n`, run: `# ${words}\n`, Dockerfile: `# ${words}\n` };
  expect(longLines(files)).toEqual(['Dockerfile:1', 'a.py:1', 'b.go:1', 'run:1']);
});

test('The line check reads files that are not added yet, but none that git ignores', () => {
  const files = { '.gitignore': 'ignored.md\n', 'ignored.md': `${words}\n`, 'new.md': `${words}\n` };
  expect(longLines(files, { added: false })).toEqual(['new.md:1']);
});

test('The line check leaves generated code alone', () => {
  expect(longLines({ 'a.pb.go': `// ${words}\n`, 'a_pb2_grpc.py': `# ${words}\n` })).toEqual([]);
});

test('The line check finds long prose, comments and code, each with its line', () => {
  const files = { 'a.md': `\n${words}\n`, 'b.ts': `// ${words}\nf(${'a, '.repeat(45)}b);\n`, 'c.yaml': `# ${words}\n` };
  expect(longLines(files)).toEqual(['a.md:2', 'b.ts:1', 'b.ts:2', 'c.yaml:1']);
});

test('The line check counts characters and leaves tables, links and lines of one literal alone', () => {
  const files = {
    'a.md': `${'é'.repeat(60)} ${'ü'.repeat(59)}\n| ${words} |\n[a](https://example.com/${'x'.repeat(120)})\n`,
    'b.ts': `test('${words}', () => {});\n`,
    'c.txt': `${words}\n`,
  };
  expect(longLines(files)).toEqual([]);
});
