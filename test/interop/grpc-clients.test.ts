import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AppCalls, appCalls, PASSWORD } from '../support/grpc/app-calls';
import { type StartedApp, startApp } from '../support/processes/start-app';
import { installed } from './toolchains';

const run = promisify(execFile);
const SERVICE = 'postern.auth.v1.AuthService';
let started: StartedApp;
let calls: AppCalls;

beforeAll(async () => {
  started = await startApp();
  calls = appCalls(started);
});
afterAll(() => started.stop());

async function grpcurl(method: string, message: object, ...options: string[]) {
  const args = ['-plaintext', '-d', JSON.stringify(message), ...options, started.grpcAddress, `${SERVICE}/${method}`];
  return (await run('grpcurl', args)).stdout;
}

async function askGrpcurl(): Promise<void> {
  const account = { email: 'curl@example.com', username: 'curl', password: PASSWORD };
  expect(JSON.parse(await grpcurl('Register', account)).user.username).toBe('curl');
  const { tokens } = JSON.parse(await grpcurl('Login', { username: 'curl', password: PASSWORD }));
  const { principal } = JSON.parse(await grpcurl('Validate', { accessToken: tokens.accessToken }));
  expect(principal.username).toBe('curl');
  const refused = grpcurl('Validate', { accessToken: 'rubbish' });
  await expect(refused).rejects.toMatchObject({
    stderr: expect.stringMatching(/Unauthenticated[\s\S]*"INVALID_TOKEN"/),
  });
  await grpcurl('Logout', { refreshToken: tokens.refreshToken });
  const bearer = `authorization: Bearer ${await calls.adminToken()}`;
  const watching = grpcurl('WatchRevocations', {}, '-H', bearer, '-max-time', '2');
  const stdout = expect.stringContaining(tokens.sessionId);
  await expect(watching).rejects.toMatchObject({ stdout, stderr: expect.stringContaining('DeadlineExceeded') });
}

async function askPython(): Promise<void> {
  const directory = await installed('grpcio-1.85.3', 'installed', async (into) => {
    await run('python3', ['-m', 'venv', into]);
    const packages = ['grpcio==1.85.3', 'protobuf==6.33.1'];
    await run(join(into, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
    await run('touch', [join(into, 'installed')]);
  });
  const descriptors = join('proto', 'descriptors.binpb');
  const script = join('test', 'interop', 'grpc_python.py');
  const python = join(directory, 'bin', 'python');
  const { stdout } = await run(python, [script, started.grpcAddress, await calls.adminToken(), descriptors]);
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(outcomes).toEqual(
    ['plain', 'gzip'].map((name) => ({
      case: name,
      registered: `grpcio-${name}`,
      validated: `grpcio-${name}`,
      refused: ['UNAUTHENTICATED', 'INVALID_TOKEN'],
      revoked: true,
    })),
  );
}

const CLIENTS = [
  { name: 'grpcurl', program: ['grpcurl', '-version'], ask: askGrpcurl },
  { name: 'grpcio for Python', program: ['python3', '--version'], ask: askPython },
] as const;

/** Where a program is missing the run says so, but not in CI, where each must be there. */
const INSTALLED = CLIENTS.filter(({ name, program: [program, option] }) => {
  if (process.env.CI === 'true' || spawnSync(program, [option]).status === 0) return true;
  process.stdout.write(`Not run with ${name}: there is no ${program}\n`);
  return false;
});

test.each(INSTALLED)(
  '$name registers, logs in, validates, reads the details of a refusal, and watches revocations',
  ({ ask }) => ask(),
  180_000,
);
