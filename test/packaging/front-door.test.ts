import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { wantsMongo } from '../support/setup/wants-mongo';

const text = (path: string) => readFileSync(path, 'utf8');
const json = (path: string) => JSON.parse(text(path));
const { scripts, engines, config } = json('package.json') as {
  scripts: Record<string, string>;
  config: { node_flags: string };
  engines: { node: string };
};
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').map((name) => join('docs', name))].filter(
  (path) => path.endsWith('.md'),
);

/** What a function of the module that chooses tests answers about the arguments of `npm test`. */
function chosenBy(call: string): unknown {
  const code = `
    import { filesWithName, needsBuild } from './scripts/choose-tests.mjs';
    console.log(JSON.stringify(${call}));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }));
}

const chosenFiles = (...args: string[]): string[] =>
  chosenBy(`filesWithName('.', ${JSON.stringify(args)})`) as string[];
const needsBuild = (...args: string[]) => chosenBy(`needsBuild(${JSON.stringify(args)})`);

test('The documents name only npm scripts that package.json has', () => {
  const named = pages.flatMap((path) =>
    [...text(path).matchAll(/npm run ([a-z][a-z:0-9-]*)/g)].map(([, name]) => name),
  );
  expect(named).toEqual(expect.arrayContaining(['dev', 'fix', 'hooks', 'test:unit', 'typecheck']));
  expect(named.filter((name = '') => scripts[name] === undefined)).toEqual([]);
});

test('npm run test:unit uses neither MongoDB nor a built service', () => {
  const folders = scripts['test:unit']?.match(/test\/\S+/g) ?? [];
  expect(folders).toEqual(['test/unit', 'test/documentation']);
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  );
  expect(files.length).toBeGreaterThan(40);
  expect(files.filter(wantsMongo)).toEqual([]);
  expect(files.filter((path) => /['"/]dist\//.test(text(path)))).toEqual([]);
});

test('npm run test:watch sees changes of the sources, and names no path, by which Jest would run everything', () => {
  const [, config = ''] =
    /^exec node scripts\/test\.mjs --watch --config (\S+)$/.exec(scripts['test:watch'] ?? '') ?? [];
  expect(require(join(process.cwd(), config))).toMatchObject({
    roots: expect.arrayContaining(['<rootDir>/src']),
    testMatch: ['<rootDir>/test/unit/**/*.test.ts'],
  });
});

test('npm test builds the service unless all that it runs are sources', () => {
  for (const folder of ['unit', 'domain', 'hashes', 'documentation']) {
    expect([folder, needsBuild(`test/${folder}`), needsBuild(`./test/${folder}/a.test.ts`, '-w', '1')]).toEqual([
      folder,
      false,
      false,
    ]);
  }
  const [, ...watch] = (scripts['test:watch'] ?? '').split('test.mjs')[1]?.split(' ') ?? [];
  expect([watch.length, needsBuild(...watch)]).toEqual([3, false]);
  expect(needsBuild()).toBe(true);
  expect(needsBuild('test/unit', 'test/e2e/cli.test.ts')).toBe(true);
});

test('npm test with the name of a test loads its file only, and no MongoDB unless it uses one', () => {
  const files = chosenFiles('-t', 'Refresh refuses a replayed token');
  expect(files).toEqual(['test/domain/refresh.test.ts']);
  expect(files.some(wantsMongo)).toBe(false);
});

test('npm test with a name that is found only by running the files looks through all of them', () => {
  expect(chosenFiles('-t', 'Register accepts a password of fifteen emoji')).toEqual([]);
  expect(chosenFiles('test/unit', '-t', 'Refresh')).toEqual([]);
});

test('A test that uses MongoDB through a module of test/support is recognised', () => {
  expect(wantsMongo(join('test', 'store', 'mongo-contract.test.ts'))).toBe(true);
  expect(wantsMongo(join('test', 'fault', 'replicas.test.ts'))).toBe(true);
});

test('.nvmrc, the image and the CI workflow agree on the versions of Node', () => {
  const [, image] = /^ARG NODE_IMAGE=node:(\d+)/m.exec(text('Dockerfile')) ?? [];
  expect(text('.nvmrc').trim()).toBe(image);
  const { jobs } = parse(text('.github/workflows/ci.yml'));
  expect(jobs.all.strategy.matrix.node).toEqual([engines.node.replace('>=', ''), image]);
  expect(json('.devcontainer/devcontainer.json').image).toContain(`:${image}-`);
});

test('The CI workflow runs .ci/run in a clone and may write nothing', () => {
  const { jobs, permissions } = parse(text('.github/workflows/ci.yml'));
  expect(permissions).toEqual({ contents: 'read' });
  const commands = jobs.all.steps.flatMap(({ run = '' }: { run?: string }) => run.split(/\s+/));
  expect(commands).toContain('.ci/run');
});

test('The launch configurations start programs that exist', () => {
  const programs = json('.vscode/launch.json').configurations.flatMap(({ program }: { program?: string }) =>
    program === undefined ? [] : [program.replace(/^\$\{\w+\}\//, '')],
  );
  expect(programs.length).toBeGreaterThan(1);
  expect(programs.filter((path: string) => !existsSync(path))).toEqual([]);
});

test('.editorconfig and the formatter agree on indentation and line length', () => {
  const { formatter } = json('biome.json');
  expect(text('.editorconfig')).toContain(`max_line_length = ${formatter.lineWidth}`);
  expect(text('.editorconfig')).toContain(`indent_style = ${formatter.indentStyle}`);
});

test('An error of the built service names the line of its source', () => {
  const code = `try { require('./dist/config/config').loadConfig({ SECRET_KEY: 'x' }); } catch (e) { console.log(e.stack); }`;
  const stack = execFileSync(process.execPath, ['--enable-source-maps', '-e', code], { encoding: 'utf8' });
  expect(stack).toMatch(/src\/config\/[a-z-]+\.ts:\d+/);
  expect(scripts.start).toContain('$npm_package_config_node_flags');
  expect(config.node_flags.split(' ')).toContain('--enable-source-maps');
  expect(text('Dockerfile')).toMatch(/^ENTRYPOINT .*"--enable-source-maps"/m);
});
