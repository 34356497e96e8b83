import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { appCalls } from '../support/grpc/app-calls';
import { startApp } from '../support/processes/start-app';

const ROOT = join(__dirname, '..', '..', 'clients', 'python');
const WATCHER = { name: 'test', roles: [], expiresAt: undefined, allowedCidrs: [] };

async function run(
  command: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<{ status: number; output: string }> {
  const env = { ...process.env, ...more, PYTHONPATH: join(ROOT, 'src'), PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(command, args, { cwd: ROOT, env });
  const texts = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await once(child, 'close');
  const [stdout, stderr] = await texts;
  return { status, output: stdout + stderr };
}

/** Runs Python with what the tests want. */
async function python(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const { output } = await run(join(ROOT, 'venv'), []);
  return run(output.trim().split('\n').at(-1) ?? '', args, more);
}

if (!LANGUAGES.includes('python')) {
  test('The Python client is not tested where there is no Python, which CI has', () => {
    expect(process.env.CI).not.toBe('true');
  });
} else {
  test('The Python client passes its own tests, and is typed', async () => {
    const tested = await python(['-m', 'pytest', 'tests', '-p', 'no:cacheprovider']);
    expect([tested.status, tested.output]).toEqual([0, expect.stringContaining('passed')]);
    const { status, output } = await python(['-m', 'mypy', '--cache-dir', '/dev/null']);
    expect([status, output]).toEqual([0, expect.stringMatching(/^Success: no issues found/)]);
  }, 240_000);

  test('The Python client survives forks under load: each child answers by itself, and the parent throughout', async () => {
    const started = await startApp({ JWT_ALGORITHM: 'ES256', HTTP_ADDRESS: '127.0.0.1:0' });
    try {
      const calls = appCalls(started);
      const { tokens } = await calls.newUser();
      const adminToken = await calls.adminToken();
      const { user } = await calls.admin(
        'createServiceAccount',
        { username: 'watcher', roles: ['service'] },
        adminToken,
      );
      const key = { ...WATCHER, userId: (user as { id: string }).id };
      const { apiKey } = (await calls.admin('createApiKey', key, adminToken)) as unknown as { apiKey: string };
      const { http, grpc } = started.lines().find(({ event }) => event === 'started') as Record<string, string>;
      const jwks = `http://${http}/.well-known/jwks.json`;
      const survivor = ['-W', 'ignore', 'tests/fork_survivor.py', grpc ?? '', jwks, apiKey, tokens.accessToken];
      // gRPC's own support is off unless it is asked for, and has handlers of its own where it is on.
      for (const support of ['0', '1']) {
        const { status, output } = await python(survivor, { GRPC_ENABLE_FORK_SUPPORT: support });
        const said = output.split('\n').filter((line) => /^(child|parent) /.test(line));
        expect({ support, status, said }).toEqual({
          support,
          status: 0,
          said: ['child 0', 'child 0', 'child 0', expect.stringMatching(/^parent \S+ 0 refusals$/)],
        });
      }
    } finally {
      await started.stop();
    }
  }, 120_000);
}
