import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { run, runService, startService, startThroughNpm, workingDirectory } from '../support/processes/service-process';

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let path: string;

beforeEach(async () => {
  directory = await workingDirectory();
  path = directory.path;
});
afterEach(() => directory.remove());

const ADA = { email: 'ada@example.com', username: 'ada', password: 'correct horse battery staple' };

test('The service says in one JSON line where it listens and what it stores in', async () => {
  const service = await startService(path);
  const { stdout } = await service.stop();
  const started = stdout.split('\n').find((line) => line.includes('"started"'));
  expect(JSON.parse(started ?? '')).toMatchObject({
    event: 'started',
    grpc: service.grpcAddress,
    http: service.httpAddress,
    store: join(path, 'data'),
  });
});

test('The service shows people on a terminal what to try', async () => {
  const service = await startService(path, { LOG_FORMAT: 'pretty' });
  const { stdout } = await service.stop();
  expect(stdout).toContain(`grpcurl -plaintext ${service.grpcAddress} list`);
});

test('The service makes a secret at the first start and keeps it: tokens outlive a restart', async () => {
  const first = await startService(path);
  const client = reflectionClient(first.grpcAddress);
  await client.call('postern.auth.v1.AuthService/Register', ADA);
  const answer = await client.call('postern.auth.v1.AuthService/Login', ADA_LOGIN);
  client.close();
  const { stdout } = await first.stop();
  const secretFile = join(path, 'data', 'secret-key');
  expect(stdout).toContain('SECRET_KEY is not set');
  expect(stdout).not.toContain(readFileSync(secretFile, 'utf8').trim());
  expect(statSync(secretFile).mode & 0o777).toBe(0o600);

  const second = await startService(path);
  const again = reflectionClient(second.grpcAddress);
  const { accessToken } = answer.tokens as { accessToken: string };
  const { principal } = await again.call('postern.auth.v1.AuthService/Validate', { accessToken });
  again.close();
  const ended = await second.stop();
  expect(principal).toMatchObject({ username: 'ada' });
  expect(ended.stdout).not.toContain('SECRET_KEY is not set');
});

test('The service mentions the secret it made also when the start then fails', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { code, stdout, stderr } = await runService(path, { GRPC_ADDRESS: address }).ended;
  other.close();
  expect(code).toBe(1);
  expect(stdout).toContain('SECRET_KEY is not set: one was made');
  expect(stderr).toContain(`${address} is taken; stop what listens there, or set GRPC_ADDRESS`);
});

const ADA_LOGIN = { username: 'ada', password: ADA.password, deviceName: 'test' };

test('The service refuses a bad configuration with every fault, exit code 78 and no stack trace', async () => {
  const { code, stdout, stderr } = await runService(path, {
    NODE_ENV: 'production',
    WORKERS: 'many',
    JWT_ALGORITHM: 'none',
    ROLES: 'user',
    TLS_KEY_FILE: '/nowhere/key.pem',
  }).ended;
  expect(code).toBe(78);
  for (const name of ['SECRET_KEY', 'WORKERS', 'JWT_ALGORITHM', 'ROLES', 'TLS_KEY_FILE', 'TLS_CERT_FILE']) {
    expect(stderr).toMatch(new RegExp(`^ *${name}: .+; .+$`, 'm'));
  }
  expect(stdout + stderr).not.toMatch(/^\s+at /m);
});

test('The service refuses a second service on the same data directory, and the first goes on', async () => {
  const first = await startService(path);
  const second = await runService(path).ended;
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(join(path, 'data'));
  expect(second.stderr).not.toMatch(/^\s+at /m);
  const client = reflectionClient(first.grpcAddress);
  await expect(client.call('postern.auth.v1.AuthService/Register', ADA)).resolves.toHaveProperty('user');
  client.close();
  await first.stop();
});

test.each([
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
] as const)('ends with 0 within DRAIN_SECONDS on %s while a silent connection is open', async (signal) => {
  const service = await startService(path, { DRAIN_SECONDS: '3' });
  const [host = '', port = ''] = service.grpcAddress.split(':');
  const silent = connect(Number(port), host);
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.on('error', () => {});
  const asked = Date.now();
  const { code } = await service.stop(signal);
  expect(code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(3_500);
  silent.destroy();
});

test.each([
  ['npm start', 'scripts/start.mjs'],
  ['the image', 'bin/postern.js', 'serve'],
])('a signal while the modules of the service are loaded by %s ends it with 0', async (_what, program, ...args) => {
  const preload = join(__dirname, '../support/processes/signal-while-loading.cjs');
  const env = { NODE_OPTIONS: `--require "${preload}"`, GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: 'off' };
  const { code, signal, stderr } = await run(process.execPath, [join(process.cwd(), program), ...args], path, env)
    .ended;
  expect(stderr).toContain('sent SIGTERM');
  expect([code, signal]).toEqual([0, null]);
  expect(readdirSync(path)).toEqual([]);
});

test('a service that npx started ends with it', async () => {
  const env = { DATABASE_URL: `file:${join(path, 'data')}`, GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: 'off' };
  const npx = run('npx', ['--no', 'postern', 'serve'], process.cwd(), { ...env, LOG_FORMAT: 'json' });
  await eventually('it is ready', async () => npx.printed().includes('"started"'), 60_000);
  const pid = Number(/"event":"started".*"pid":(\d+)/.exec(npx.printed())?.[1]);
  npx.child.kill('SIGKILL');
  await eventually('it is gone', async () => !isAlive(pid), 5_000);
  await npx.ended;
  expect(npx.printed()).toContain('"stopped"');
}, 90_000);

test('a signal to npm start ends the service', async () => {
  const service = await startThroughNpm(path);
  const pid = Number(/"pid":(\d+)/.exec(service.printed())?.[1]);
  await service.stop();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}, 60_000);

test('The service listens on every IPv4 address where IPv6 is off', async () => {
  const preload = join(__dirname, '../support/processes/without-ipv6.cjs');
  const env = { GRPC_ADDRESS: '[::]:0', HTTP_ADDRESS: '[::]:0', NODE_OPTIONS: `--require "${preload}"` };
  const service = await startService(path, env);
  expect(service.grpcAddress).toMatch(/^0\.0\.0\.0:\d+$/);
  expect(service.httpAddress).toMatch(/^0\.0\.0\.0:\d+$/);
  const live = await fetch(`http://${service.httpAddress.replace('0.0.0.0', '127.0.0.1')}/healthz`);
  expect(live.status).toBe(200);
  expect((await service.stop()).code).toBe(0);
});

test('The service starts again after kill -9', async () => {
  const first = await startService(path);
  await first.stop('SIGKILL');
  const second = await startService(path);
  expect((await second.stop()).code).toBe(0);
});

test('an old Node is refused with one line', async () => {
  mkdirSync(path, { recursive: true });
  const pretend = join(path, 'pretend.cjs');
  writeFileSync(
    pretend,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.9' } });`,
  );
  const start = join(process.cwd(), 'scripts', 'start.mjs');
  const { code, stdout, stderr } = await run(process.execPath, ['-r', pretend, start], path, {}).ended;
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Postern needs Node 20\.19 or newer; this is 20\.18\.9\.[^\n]*\n$/);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
