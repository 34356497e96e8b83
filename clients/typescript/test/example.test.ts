import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { eventually } from '../../../test/support/domain/eventually';
import { run, type Service, startService, workingDirectory } from '../../../test/support/processes/service-process';

const EXAMPLE = resolve('examples/typescript');
let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let server: ChildProcess;
let base = '';

beforeAll(async () => {
  directory = await workingDirectory();
  const env = {
    JWT_ALGORITHM: 'ES256',
    DATABASE_URL: `file:${directory.path}/data`,
    API_KEY_FILE: `${directory.path}/key`,
  };
  service = await startService(directory.path, env);
  const setup = await run(process.execPath, [join(EXAMPLE, 'setup.mjs')], directory.path, env).ended;
  expect(setup).toMatchObject({ code: 0 });
  const { PATH, HOME } = process.env;
  server = spawn(process.execPath, [join(EXAMPLE, 'server.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH,
      HOME,
      API_KEY_FILE: env.API_KEY_FILE,
      PORT: '0',
      POSTERN_ADDRESS: service.grpcAddress,
      POSTERN_JWKS_URL: `http://${service.httpAddress}/.well-known/jwks.json`,
    },
  });
  const [line] = await once(server.stdout as NodeJS.ReadableStream, 'data');
  base = /http:\S+/.exec(String(line))?.[0].replace('localhost', '127.0.0.1') ?? '';
}, 120_000);
afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill();
  expect(await ended).toEqual([0, null]);
  await service.stop();
  await directory.remove();
});

async function rpc(method: string, message: object) {
  const url = `http://${service.httpAddress}/postern.auth.v1.AuthService/${method}`;
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(message) };
  return (await (await fetch(url, request)).json()) as { tokens: { accessToken: string; refreshToken: string } };
}

test('The example in TypeScript answers as its README says, and its events end at the logout', async () => {
  const account = { username: 'ada', password: 'correct horse battery staple' };
  await rpc('Register', { ...account, email: 'ada@example.com' });
  const { tokens } = await rpc('Login', account);
  const ask = async (path: string, token = '', method = 'GET'): Promise<string> => {
    const response = await fetch(base + path, {
      method,
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
    });
    return `${response.status} ${await response.text()}`;
  };
  const { accessToken } = tokens;
  expect(await ask('/')).toBe('200 Anybody may read this.\n');
  expect(await ask('/hello')).toBe('200 Hello, whoever you are.\n');
  expect(await ask('/hello', accessToken)).toBe('200 Hello, ada.\n');
  expect(await ask('/orders')).toMatch(/^401 /);
  expect(await ask('/orders', accessToken)).toMatch(/^200 /);
  expect(await ask('/orders/7', accessToken, 'DELETE')).toMatch(/^403 .*ROLE_MISSING/);

  const events = await fetch(`${base}/events`, { headers: { authorization: `Bearer ${accessToken}` } });
  let hasEnded = false;
  const reading = (async () => {
    for await (const _ of events.body ?? []);
    hasEnded = true;
  })();
  await rpc('Logout', { refreshToken: tokens.refreshToken });
  await eventually('the events have ended', () => hasEnded, 2_000);
  await reading;
  expect(await ask('/orders', accessToken)).toMatch(/^401 .*TOKEN_REVOKED/);
});
