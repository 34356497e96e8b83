import { execFileSync } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { status as Status } from '@grpc/grpc-js';
import { eventually } from '../support/domain/eventually';
import { ReplicaClient } from '../support/load/replica-client';
import { type Service, startService, workingDirectory } from '../support/processes/service-process';

const UNLIMITED = 'unlimited';

describe('A service on the embedded store', () => {
  let directory: Awaited<ReturnType<typeof workingDirectory>>;
  let data: string;
  let service: Service;
  let client: ReplicaClient;
  beforeEach(async () => {
    directory = await workingDirectory();
    data = join(directory.path, 'data');
    service = await startService(directory.path, { DATABASE_URL: `file:${data}`, REGISTER_LIMIT_PER_MINUTE: '0' });
    client = new ReplicaClient(service.grpcAddress);
  }, 90_000);
  afterEach(async () => {
    client.close();
    await service.stop('SIGKILL');
    await directory.remove();
  });

  test('validates on a full disk, refuses writes, is not ready, and writes again when there is space', async () => {
    await client.register('ada');
    const { accessToken } = await client.login('ada');
    const limit = (bytes: number | typeof UNLIMITED) => {
      const { pid } = service.child;
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:${UNLIMITED}`]);
    };
    limit((await stat(join(data, 'data.mdb'))).size);
    const outcome = async (name: string) => (await client.register(name)).code;
    let refused: Status = Status.OK;
    for (let i = 0; i < 200 && refused === Status.OK; i += 1) refused = await outcome(`user${i}`);
    expect(refused).toBe(Status.UNAVAILABLE);
    const ready = async () => (await fetch(`http://${service.httpAddress}/readyz`)).status;
    await eventually('it is not ready', async () => (await ready()) === 503, 5_000);
    expect((await client.validate(accessToken)).code).toBe(Status.OK);
    limit(UNLIMITED);
    await eventually('it is ready again', async () => (await ready()) === 200, 5_000);
    expect(await outcome('grace')).toBe(Status.OK);
    expect((await client.validate(accessToken)).code).toBe(Status.OK);
  }, 60_000);

  test('ends with 70 within two seconds when its data directory is removed', async () => {
    await rm(data, { recursive: true });
    const removedAt = Date.now();
    const { code, stdout } = await service.ended;
    expect(code).toBe(70);
    expect(Date.now() - removedAt).toBeLessThan(2_000);
    expect(stdout).toMatch(/was removed or replaced while the store was open/);
  }, 60_000);
});
