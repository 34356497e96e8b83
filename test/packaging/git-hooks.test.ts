import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let clone: string;

const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, encoding: 'utf8', stdio: 'pipe' });
const write = (path: string, text: string) => writeFileSync(join(clone, path), text);

function commit(message = 'auth: say why', env = process.env): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync('git', ['commit', '-m', message], { cwd: clone, encoding: 'utf8', env });
  return { status, stderr };
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'postern-hooks-'));
  for (const name of ['package.json', 'scripts', 'biome.json', '.gitignore']) {
    cpSync(name, join(clone, name), { recursive: true });
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(clone, 'node_modules'));
  mkdirSync(join(clone, 'src'));
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "include": ["src"] }\n',
  );
  git('init', '--quiet');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.com');
  execFileSync('npm', ['run', '--silent', 'hooks'], { cwd: clone });
});
afterEach(() => rmSync(clone, { recursive: true }));

test('The pre-commit hook formats what is committed', () => {
  write('src/a.ts', 'export const a  =  "a"\n');
  git('add', 'src/a.ts');
  expect(commit()).toMatchObject({ status: 0 });
  expect(git('show', 'HEAD:src/a.ts')).toBe("export const a = 'a';\n");
});

test('The pre-commit hook of a clone without packages installs them first', () => {
  rmSync(join(clone, 'node_modules'));
  // What npm would download is here already.
  mkdirSync(join(clone, '.cache/bin'), { recursive: true });
  const npm = `#!/bin/sh\necho "$1" >> .cache/asked\nln -s '${join(process.cwd(), 'node_modules')}' node_modules\n`;
  writeFileSync(join(clone, '.cache/bin/npm'), npm, { mode: 0o755 });
  write('src/a.ts', 'export const a  =  "a"\n');
  git('add', 'src/a.ts');
  const env = { ...process.env, PATH: `${join(clone, '.cache/bin')}:${process.env.PATH}` };
  expect(commit(undefined, env)).toMatchObject({ status: 0 });
  expect(readFileSync(join(clone, '.cache/asked'), 'utf8')).toBe('ci\n');
  expect(git('show', 'HEAD:src/a.ts')).toBe("export const a = 'a';\n");
});

test('The pre-commit hook refuses what does not type-check', () => {
  write('src/a.ts', "export const a: number = 'a';\n");
  git('add', 'src/a.ts');
  expect(commit()).toEqual({ status: 1, stderr: expect.stringContaining('Not committed') });
});

test('The pre-commit hook commits no part of a file that was left out', () => {
  write('src/a.ts', "export const a = 'a';\n");
  git('add', 'src/a.ts');
  write('src/a.ts', "export const a = 'a';\nexport const b = 'b';\n");
  expect(commit()).toMatchObject({ status: 0 });
  expect(git('show', 'HEAD:src/a.ts')).toBe("export const a = 'a';\n");
  expect(readFileSync(join(clone, 'src/a.ts'), 'utf8')).toContain('b');
});

test('The commit-msg hook demands an area at the beginning of the subject', () => {
  for (const refused of ['Fix it', 'mongo retry', `mongo: ${'x'.repeat(100)}`]) {
    git('commit', '--allow-empty', '--no-verify', '-m', 'docs: begin');
    write('README.md', refused);
    git('add', 'README.md');
    expect(commit(refused)).toEqual({ status: 1, stderr: expect.stringContaining('Not committed') });
  }
  expect(commit('mongo: retry a write whose connection was lost')).toMatchObject({ status: 0 });
  git('commit', '--quiet', '--allow-empty', '-m', 'Revert "mongo: retry a write"');
});
