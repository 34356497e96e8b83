import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceError, status as Status } from '@grpc/grpc-js';
import { eventually } from '../support/domain/eventually';
import {
  run,
  runService,
  type Service,
  startService,
  whenReady,
  workingDirectory,
} from '../support/processes/service-process';
import { clientsOfAllWorkers, listChildren, register, type WorkerClient } from '../support/processes/worker-client';

const PASSWORD = 'correct horse battery staple';

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let clients: WorkerClient[];

beforeEach(async () => {
  directory = await workingDirectory();
  service = await startService(directory.path, { WORKERS: '2' });
  clients = await clientsOfAllWorkers(service.grpcAddress, 2);
  await register(service.grpcAddress, 'ada', PASSWORD);
}, 90_000);

afterEach(async () => {
  for (const client of clients) client.close();
  await service.stop();
  await directory.remove();
}, 30_000);

function both(): [WorkerClient, WorkerClient] {
  const [one, other] = clients;
  if (one === undefined || other === undefined) throw new Error('Two workers were to answer');
  return [one, other];
}

test('workers share one address and one store, and each knows within a second which user another signed out', async () => {
  const [one, other] = both();
  const { accessToken, refreshToken } = await one.login('ada', PASSWORD);
  expect(await other.validate(accessToken)).toBe('');
  await one.logout(refreshToken);
  const endedAt = Date.now();
  expect(await one.validate(accessToken)).toBe('TOKEN_REVOKED');
  await eventually('the other worker refuses', async () => (await other.validate(accessToken)) === 'TOKEN_REVOKED');
  expect(Date.now() - endedAt).toBeLessThan(1_000);
});

test('a worker that dies is replaced, its clients go on with another meanwhile, and so does the session', async () => {
  const [one] = both();
  const { accessToken } = await one.login('ada', PASSWORD);
  const parent = service.child.pid ?? 0;
  const [victim = 0] = listChildren(parent);
  process.kill(victim, 'SIGKILL');
  for (const client of both()) {
    const isServed = () => client.validate(accessToken).then((reason) => reason === '', isUnavailable);
    await eventually('the client is served, whichever worker it had', isServed);
  }
  await eventually('another worker is ready', async () => service.printed().includes('worker.replaced'), 20_000);
  expect(listChildren(parent)).toHaveLength(2);
  expect(listChildren(parent)).not.toContain(victim);
  for (const client of clients) client.close();
  clients = await clientsOfAllWorkers(service.grpcAddress, 2);
  for (const client of both()) expect(await client.validate(accessToken)).toBe('');
});

test('SIGTERM drains all workers and ends with 0', async () => {
  const workers = listChildren(service.child.pid ?? 0);
  expect(workers).toHaveLength(2);
  const { code, stdout } = await service.stop();
  expect(code).toBe(0);
  expect(stdout.match(/"stopped"/g)).toHaveLength(3);
  for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('workers end with the process that started them, and leave the data directory free', async () => {
  const workers = listChildren(service.child.pid ?? 0);
  service.child.kill('SIGKILL');
  await service.ended;
  await eventually('the workers are gone', async () => workers.every((pid) => !isAlive(pid)));
  const next = await startService(directory.path, { WORKERS: '2' });
  await next.stop();
});

test('a worker that is killed while the service starts is started again', async () => {
  const other = await workingDirectory();
  const preload = join(__dirname, '../support/processes/kill-first-workers.cjs');
  const started = await startService(other.path, { WORKERS: '2', NODE_OPTIONS: `--require "${preload}"` });
  expect(listChildren(started.child.pid ?? 0)).toHaveLength(2);
  expect(started.printed().match(/"worker.ended"/g)).toHaveLength(2);
  expect(started.printed()).toContain('"signal":"SIGKILL"');
  expect(await started.stop()).toMatchObject({ code: 0 });
  await other.remove();
});

test('a worker that is replaced runs by the configuration that the first process has read', async () => {
  const other = await workingDirectory();
  const file = join(other.path, 'secret');
  writeFileSync(file, 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe');
  const started = await startService(other.path, { WORKERS: '2', SECRET_KEY_FILE: file });
  await register(started.grpcAddress, 'bob', PASSWORD);
  const [before] = await clientsOfAllWorkers(started.grpcAddress, 2);
  const { accessToken } = (await before?.login('bob', PASSWORD)) ?? { accessToken: '' };
  writeFileSync(file, 'Jw8sLq3Xn5Vb7Mz1Kc9Rd2Tf4Yg6HpAu');
  const [victim = 0] = listChildren(started.child.pid ?? 0);
  process.kill(victim, 'SIGKILL');
  await eventually('another worker is ready', async () => started.printed().includes('worker.replaced'), 20_000);
  const after = await clientsOfAllWorkers(started.grpcAddress, 2);
  expect(await Promise.all(after.map((client) => client.validate(accessToken)))).toEqual(['', '']);
  for (const client of [before, ...after]) client?.close();
  await started.stop();
  await other.remove();
});

test('workers run with the flags that npm start gives to Node', async () => {
  const root = join(__dirname, '..', '..');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const flags: string[] = manifest.config.node_flags.split(' ');
  const other = await workingDirectory();
  const env = { GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0', LOG_FORMAT: 'json', WORKERS: '2' };
  const command = [...flags, join(root, 'scripts', 'start.mjs')];
  const started = await whenReady(run(process.execPath, command, other.path, env));
  const workers = listChildren(started.child.pid ?? 0);
  const given = workers.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1));
  expect(given.map((args) => args.slice(0, flags.length))).toEqual([flags, flags]);
  await started.stop();
  await other.remove();
});

test('a second service is refused on the same data directory', async () => {
  const { code, stderr } = await runService(directory.path, { WORKERS: '2' }).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('Another service is running on the data directory');
});

test('/metrics counts all workers together, whichever answers', async () => {
  const [one, other] = both();
  const { accessToken } = await one.login('ada', PASSWORD);
  for (const client of [one, one, other]) await client.validate(accessToken);
  const metrics = await (await fetch(`http://${service.httpAddress}/metrics`)).text();
  const [, counted] = /^postern_call_duration_seconds_count\{(?=.*Validate")(?=.*"OK").*\} (\d+)$/m.exec(metrics) ?? [];
  // Two more come from finding the workers.
  expect(Number(counted)).toBeGreaterThanOrEqual(5);
  expect(metrics).toMatch(/^postern_store_up 1$/m);
});

/** False, for another attempt, where the connection is gone: the one fault on which a client may try again. */
function isUnavailable(error: ServiceError): false {
  if (error.code === Status.UNAVAILABLE) return false;
  throw error;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
