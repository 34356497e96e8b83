import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { run, runPostern, startService, workingDirectory } from '../support/processes/service-process';

const NOBODY = { username: 'nobody', password: 'correct horse battery staple', deviceName: '' };

// The first run of changed sources builds them, and says so on standard error.
beforeAll(() => runPostern(['version'], process.cwd()), 60_000);

test.each([
  'json',
  'pretty',
])('A service whose %s log is no longer read goes on serving and stops gracefully [E11]', async (format) => {
  const directory = await workingDirectory();
  const service = await startService(directory.path, { LOG_FORMAT: format });
  const { stdout } = service.child;
  stdout?.destroy();
  if (stdout?.closed === false) await once(stdout, 'close');
  const client = reflectionClient(service.grpcAddress);
  // Each call is a line or two; the later ones find the pipe broken.
  for (let i = 0; i < 5; i += 1) {
    const refused = client.call('postern.auth.v1.AuthService/Login', NOBODY);
    await expect(refused).rejects.toMatchObject({ details: 'Incorrect username or password' });
  }
  client.close();
  const { code, stderr } = await service.stop();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await directory.remove();
}, 60_000);

let onTestEnd = (): void => {};
afterEach(() => onTestEnd());

test('A service whose log disk is full goes on serving and stops gracefully [E11]', async () => {
  const directory = await workingDirectory();
  const socket = join(directory.path, 'postern.sock');
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, GRPC_ADDRESS: `unix:${socket}`, HTTP_ADDRESS: 'off', LOG_FORMAT: 'json' };
  const child = spawn(process.execPath, [join(process.cwd(), 'scripts/start.mjs')], {
    cwd: directory.path,
    env,
    stdio: ['ignore', openSync('/dev/full', 'w'), 'ignore'],
  });
  onTestEnd = () => void child.kill('SIGKILL');
  const exit = once(child, 'exit');
  await eventually('it listens', async () => existsSync(socket), 60_000);
  const client = reflectionClient(`unix:${socket}`);
  // Each is a line; together they are more than one write of the log.
  for (let i = 0; i < 30; i += 1) {
    await expect(
      client.call('postern.auth.v1.AuthService/Login', { ...NOBODY, username: `n${i}` }),
    ).rejects.toHaveProperty('code');
  }
  await expect(client.call('postern.auth.v1.AuthService/Validate', { allowAnonymous: true })).resolves.toHaveProperty(
    'principal',
  );
  client.close();
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  await directory.remove();
}, 60_000);

const SHOWING = [
  ['help'],
  ['version'],
  ['users', 'list'],
  ['users', 'list', '--json'],
  ['users', 'show', 'root'],
  ['sessions', 'list', 'root'],
  ['keys', 'list'],
  ['audit'],
  ['doctor'],
  ['migrate'],
  ['users', 'disable', 'bob'],
];

test('every command ends quietly when its reader has gone, and in one line when the disk of its output is full', async () => {
  const directory = await workingDirectory();
  const admin = ['create-admin', '--new-store', '--email', 'r@example.com', '--username', 'root', '--password-stdin'];
  await runPostern(admin, directory.path, {}, 'correct horse battery staple');
  const bob = ['create-admin', '--email', 'b@example.com', '--username', 'bob', '--password-stdin'];
  await runPostern(bob, directory.path, {}, 'correct horse battery staple');
  const program = join(process.cwd(), 'bin/postern.js');
  for (const args of SHOWING) {
    const command = `"${process.execPath}" "${program}" ${args.join(' ')}`;
    const gone = await run('sh', ['-c', `(sleep 0.1; ${command}; echo code $? >&2) | true`], directory.path, {}).ended;
    expect([args, gone.stderr.replace(/^Store: .*\n/, '')]).toEqual([args, 'code 0\n']);
    const full = await run('sh', ['-c', `${command} > /dev/full`], directory.path, {}).ended;
    const said = full.stderr.replace(/^Store: .*\n/, '');
    expect([args, full.code, said]).toEqual([args, 1, 'The output could not be written (ENOSPC)\n']);
  }
  const { stdout } = await runPostern(['users', 'list', '--query', 'bob', '--json'], directory.path);
  expect(JSON.parse(stdout).users).toMatchObject([{ active: false }]);
  await directory.remove();
}, 120_000);
