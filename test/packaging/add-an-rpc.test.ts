import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, whenReady } from '../support/processes/service-process';

interface Step {
  /** Where the guide says that the code goes. */
  readonly where: string;
  readonly path: string;
  /** The line after which the code goes, where the guide names one. */
  readonly inside: string | undefined;
  readonly code: string;
}

const PROJECT = [
  'package.json',
  'package-lock.json',
  'buf.yaml',
  'buf.gen.yaml',
  'tsconfig.json',
  'tsconfig.build.json',
];
const COPIED = ['proto', 'src', 'scripts', 'bin', 'clients/typescript', ...PROJECT];
const guide = /^## How to add an RPC\n([\s\S]*?)^## /m.exec(readFileSync('CONTRIBUTING.md', 'utf8'))?.[1] ?? '';
const steps = [...guide.matchAll(/^ {3}(\S[^\n]*):\n\n {3}```\w+\n([\s\S]*?)^ {3}```$/gm)].map(
  ([, where = '', block = '']): Step => {
    const [path = '', inside] = [...where.matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);
    return { where, path, inside, code: block.replaceAll(/^ {3}/gm, '') };
  },
);
let copy: string;

function apply({ where, path, inside, code }: Step): void {
  const file = join(copy, path);
  if (where.startsWith('The new file')) writeFileSync(file, code, { flag: 'wx' });
  else if (where.startsWith('At the end')) appendFileSync(file, `\n${code}`);
  else {
    const text = readFileSync(file, 'utf8');
    const at = inside === undefined ? 0 : text.indexOf('\n', text.indexOf(inside)) + 1;
    if (inside !== undefined && !text.includes(inside)) throw new Error(`${path} has no ${inside}`);
    writeFileSync(file, text.slice(0, at) + code + text.slice(at));
  }
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'postern-add-rpc-'));
  for (const name of COPIED) {
    cpSync(name, join(copy, name), { recursive: true });
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true }));

test('The steps of "How to add an RPC" give an RPC that answers', async () => {
  expect(steps.map(({ path }) => path)).toEqual([
    'proto/postern/auth/v1/auth_service.proto',
    'proto/postern/auth/v1/auth_service.proto',
    'src/auth/sessions/count-sessions.ts',
    'src/auth/use-cases.ts',
    'src/auth/use-cases.ts',
    'src/transport/methods/auth-service.ts',
  ]);
  for (const step of steps) apply(step);
  execFileSync('npm', ['run', '--silent', 'gen'], { cwd: copy });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: copy, stdio: 'pipe' });

  const env = {
    GRPC_ADDRESS: '127.0.0.1:0',
    HTTP_ADDRESS: '127.0.0.1:0',
    SECRET_KEY: randomBytes(36).toString('base64'),
    LOG_FORMAT: 'json',
  };
  const service = await whenReady(run(process.execPath, ['scripts/start.mjs'], copy, env));
  const call = async (method: string, body: unknown, token = '') => {
    const response = await fetch(`http://${service.httpAddress}/postern.auth.v1.AuthService/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const password = 'correct horse battery staple';
  await call('Register', { email: 'ada@example.com', username: 'ada', password });
  const login = await call('Login', { username: 'ada', password });
  const { accessToken } = login.tokens as { accessToken: string };
  expect(await call('CountSessions', {}, accessToken)).toEqual({ count: 1 });
  expect(await call('CountSessions', {})).toMatchObject({ code: 'unauthenticated' });
  expect(await service.stop()).toMatchObject({ code: 0 });
}, 240_000);
