import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { LANGUAGES, type Language } from '../../clients/conformance/suite/languages';
import { eventually } from '../support/domain/eventually';
import {
  type RunningProcess,
  run,
  runPostern,
  type Service,
  startService,
  workingDirectory,
} from '../support/processes/service-process';

/** What the README of each says of its paths; the example in TypeScript has a test of its own. */
interface Example {
  readonly start: (env: Record<string, string>) => RunningProcess;
  readonly public: readonly [path: string, body: RegExp][];
  readonly protectedPath: string;
  readonly adminPath: string;
  readonly adminMethod: string;
  readonly stream: string;
}

const PYTHON = resolve('clients/python');
const GO = resolve('examples/go');

const EXAMPLES: Partial<Record<Language, Example>> = {
  go: {
    start: (env) => {
      const binary = join(env.DIRECTORY ?? '', 'example');
      const built = spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], { cwd: GO, encoding: 'utf8' });
      expect(built).toMatchObject({ status: 0 });
      return run(binary, [], GO, env);
    },
    public: [['/hello', /^Hello, stranger$/m]],
    protectedPath: '/me',
    adminPath: '/admin',
    adminMethod: 'GET',
    stream: '/ticks',
  },
  python: {
    start: (env) => {
      const { stdout } = spawnSync(join(PYTHON, 'venv'), { encoding: 'utf8' });
      const python = stdout.trim().split('\n').at(-1) ?? '';
      return run(python, [resolve('examples/python/server.py')], PYTHON, {
        ...env,
        PYTHONPATH: join(PYTHON, 'src'),
        PYTHONDONTWRITEBYTECODE: '1',
      });
    },
    public: [
      ['/', /Anybody may read this/],
      ['/hello', /stranger/],
    ],
    protectedPath: '/orders',
    adminPath: '/orders/7',
    adminMethod: 'DELETE',
    stream: '/events',
  },
};

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let env: Record<string, string>;
beforeAll(async () => {
  directory = await workingDirectory();
  env = { JWT_ALGORITHM: 'ES256', DATABASE_URL: `file:${directory.path}/data` };
  service = await startService(directory.path, env);
}, 60_000);
afterAll(async () => {
  await service.stop();
  await directory.remove();
});

async function rpc(method: string, message: object) {
  const url = `http://${service.httpAddress}/postern.auth.v1.AuthService/${method}`;
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(message) };
  return (await (await fetch(url, request)).json()) as { tokens: { accessToken: string; refreshToken: string } };
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test.each(
  LANGUAGES.filter((language) => language in EXAMPLES),
)('The example in %s answers as its README says, and its stream ends at the logout', async (language) => {
  const example = EXAMPLES[language] as Example;
  const name = `orders-${language}`;
  expect(
    await runPostern(['service-accounts', 'create', name, '--role', 'service'], directory.path, env),
  ).toMatchObject({ code: 0 });
  const key = await runPostern(['api-keys', 'create', name, '--name', 'example'], directory.path, env);
  expect(key).toMatchObject({ code: 0 });
  const server = example.start({
    DIRECTORY: directory.path,
    PORT: '0',
    POSTERN_API_KEY: key.stdout.trim(),
    POSTERN_ADDRESS: service.grpcAddress,
    POSTERN_JWKS_URL: `http://${service.httpAddress}/.well-known/jwks.json`,
  });
  try {
    const listening = () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.printed())?.[0];
    await eventually('it listens', () => listening() !== undefined, 60_000);
    const base = String(listening());
    for (const [path, body] of example.public) {
      const response = await fetch(base + path);
      expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(body)]);
    }
    const account = { username: `ada-${language}`, password: 'correct horse battery staple' };
    await rpc('Register', { ...account, email: `ada@${language}.example` });
    const { tokens } = await rpc('Login', account);
    const refused = await fetch(base + example.protectedPath);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const known = await fetch(base + example.protectedPath, bearer(tokens.accessToken));
    expect([known.status, await known.text()]).toEqual([200, expect.stringContaining(account.username)]);
    const admin = { method: example.adminMethod, ...bearer(tokens.accessToken) };
    const forbidden = await fetch(base + example.adminPath, admin);
    expect([forbidden.status, await forbidden.text()]).toEqual([403, expect.stringContaining('ROLE_MISSING')]);

    const stream = await fetch(base + example.stream, bearer(tokens.accessToken));
    expect(stream.status).toBe(200);
    let hasEnded = false;
    const reading = stream.text().then(
      () => true,
      // Its connection was cut.
      () => true,
    );
    void reading.then((ended) => {
      hasEnded = ended;
    });
    await new Promise((done) => setTimeout(done, 500));
    expect(hasEnded).toBe(false);
    await rpc('Logout', { refreshToken: tokens.refreshToken });
    await eventually('the stream has ended', () => hasEnded, 2_000);
    const revoked = await fetch(base + example.protectedPath, bearer(tokens.accessToken));
    expect([revoked.status, await revoked.text()]).toEqual([401, expect.stringContaining('TOKEN_REVOKED')]);
  } finally {
    server.child.kill();
    await server.ended;
  }
}, 180_000);
