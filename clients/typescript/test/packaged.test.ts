import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGE = resolve('clients/typescript');
/** What a program that uses the package has installed besides it. */
const INSTALLED = ['jose', '@grpc/grpc-js', 'express', 'fastify', 'prom-client', '@types', 'typescript'];
let directory: string;

/** A program that has the package as npm would install it: what `files` names, and nothing of this repository. */
beforeAll(async () => {
  execFileSync(process.execPath, [join(PACKAGE, 'build.mjs')], { stdio: 'pipe' });
  directory = await mkdtemp(join(tmpdir(), 'postern-client-'));
  const modules = join(directory, 'node_modules');
  const installed = join(modules, '@postern', 'client');
  await mkdir(installed, { recursive: true });
  await mkdir(join(modules, '@grpc'));
  for (const name of ['package.json', 'dist'])
    await cp(join(PACKAGE, name), join(installed, name), { recursive: true });
  for (const name of INSTALLED) await symlink(resolve('node_modules', name), join(modules, name));
}, 120_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

const CHECK = `
const fake = new FakePostern();
const token = fake.signIn({ username: 'ada' });
fake.validate(token).then(async ({ username }) => {
  const client = connect({ address: '127.0.0.1:1', mode: 'remote', callTimeoutMs: 50 });
  const error = await client.validate('pstn_x').catch((thrown) => thrown);
  client.close();
  const guards = [protectGrpc(fake), protectHttp(fake, () => {}), protectExpress(fake), protectFastify(fake)];
  console.log(username, error instanceof PosternError, error.reason, guards.map((guard) => typeof guard).join());
});
publishMetrics({ stats: () => ({ answers: {} }) }, new (registry())());`;
const IMPORTS: Record<string, string> = {
  '@postern/client': 'connect, PosternError',
  '@postern/client/testing': 'FakePostern',
  '@postern/client/prom-client': 'publishMetrics',
};
const GUARDS = ['grpc', 'http', 'express', 'fastify'].map((name) => [
  name,
  `protect${name[0]?.toUpperCase()}${name.slice(1)}`,
]);

const COMMONJS = [
  ...Object.entries(IMPORTS).map(([from, names]) => `const { ${names} } = require('${from}');`),
  ...GUARDS.map(([from, name]) => `const { protect: ${name} } = require('@postern/client/${from}');`),
  `const registry = () => require('prom-client').Registry;`,
  CHECK,
].join('\n');
const ES_MODULE = [
  ...Object.entries(IMPORTS).map(([from, names]) => `import { ${names} } from '${from}';`),
  ...GUARDS.map(([from, name]) => `import { protect as ${name} } from '@postern/client/${from}';`),
  `import { Registry } from 'prom-client';`,
  `const registry = () => Registry;`,
  CHECK,
].join('\n');

test.each([
  ['a CommonJS program', 'main.cjs', COMMONJS],
  ['an ES module', 'main.mjs', ES_MODULE],
])('%s uses every part of the package', async (_, name, program) => {
  await writeFile(join(directory, name), program);
  const { stdout } = await run(process.execPath, [name], { cwd: directory });
  expect(stdout).toBe('ada true INVALID_TOKEN function,function,function,function\n');
});

test('A program that requires and imports the package has one of everything', async () => {
  const program = `
    import { createRequire } from 'node:module';
    import { PosternError, connect } from '@postern/client';
    const required = createRequire(import.meta.url)('@postern/client');
    console.log(required.PosternError === PosternError, required.connect === connect);`;
  await writeFile(join(directory, 'both.mjs'), program);
  expect((await run(process.execPath, ['both.mjs'], { cwd: directory })).stdout).toBe('true true\n');
});

test.each(['cts', 'mts'])('A strict TypeScript program of the kind .%s compiles against its types', async (kind) => {
  const program = `
    import { createServer } from 'node:http';
    import { connect, type Principal, PosternError, type Reason } from '@postern/client';
    import { protect as protectExpress, requireRoles } from '@postern/client/express';
    import { protect as protectFastify } from '@postern/client/fastify';
    import { getPrincipal, protect as protectGrpc } from '@postern/client/grpc';
    import { protect as protectHttp } from '@postern/client/http';
    import { publishMetrics } from '@postern/client/prom-client';
    import { FakePostern } from '@postern/client/testing';
    import { Server, type ServerUnaryCall } from '@grpc/grpc-js';
    import type { Application } from 'express';
    import type { FastifyInstance } from 'fastify';
    const client = connect({ address: 'localhost:50051', apiKey: process.env.POSTERN_API_KEY });
    const fake = new FakePostern();
    publishMetrics(client);
    export function useExpress(app: Application): void {
      app.use(protectExpress(client, { rules: [{ match: '/x/*', roles: ['admin'] }] }));
      app.get('/me', requireRoles('user'), (request, response) => void response.json(request.principal?.roles));
    }
    export async function useFastify(app: FastifyInstance): Promise<void> {
      await app.register(protectFastify(fake));
      app.get('/me', { config: { postern: { optional: true } } }, (request) => request.principal?.username ?? 'nobody');
    }
    export const server = new Server({ interceptors: [protectGrpc(client)] });
    export const who = (call: ServerUnaryCall<unknown, unknown>): Principal | undefined => getPrincipal(call);
    export const web = createServer(protectHttp(client, ({ principal }, response) => response.end(principal?.userId)));
    export const why = (error: unknown): Reason | undefined =>
      error instanceof PosternError ? error.reason : undefined;
    // @ts-expect-error: principals are not to be changed
    export const change = (principal: Principal): void => void (principal.roles = []);`;
  const file = `typed.${kind}`;
  await writeFile(join(directory, file), program);
  const options = ['--strict', '--noEmit', '--module', 'node16', '--target', 'es2022', '--exactOptionalPropertyTypes'];
  const tsc = join(directory, 'node_modules/typescript/bin/tsc');
  const checked = run(process.execPath, [tsc, ...options, '--types', 'node', '--ignoreConfig', file], {
    cwd: directory,
  });
  await expect(checked.catch(({ stdout }) => Promise.reject(new Error(stdout)))).resolves.toMatchObject({ stdout: '' });
});

test('The package depends on jose and @grpc/grpc-js alone, in versions that this repository tests', async () => {
  const own = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  const root = JSON.parse(await readFile('package.json', 'utf8'));
  expect(Object.keys(own.dependencies)).toEqual(['@grpc/grpc-js', 'jose']);
  expect(own.engines).toEqual(root.engines);
  for (const [name, range] of Object.entries<string>({ ...own.dependencies, ...own.peerDependencies })) {
    const [major, minor] = range.replace('^', '').split('.').map(Number);
    const [tested = '', testedMinor = ''] = { ...root.dependencies, ...root.devDependencies }[name].split('.');
    expect([name, Number(tested)]).toEqual([name, major]);
    expect(Number(testedMinor)).toBeGreaterThanOrEqual(minor ?? 0);
  }
  const imported = (
    await run('grep', ['-rhoE', '(from|require\\()\\s*["\'][^."\'][^"\']*', join(PACKAGE, 'dist'), '--include=*.js'])
  ).stdout
    .split('\n')
    .map((line) => line.replace(/^.*["']/, ''))
    .filter((name) => name !== '' && !name.startsWith('node:'));
  expect([...new Set(imported)].sort()).toEqual(['@grpc/grpc-js', 'jose', 'prom-client']);
});
