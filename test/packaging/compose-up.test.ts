import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { installedCompose } from './compose-command';
import { buildImage, docker, engineAnswers } from './container';

const ROOT = join(__dirname, '..', '..');
const ADA = { username: 'ada', password: 'correct horse battery staple' };
const MINUTES = 60_000;
const run = promisify(execFile);
const command = engineAnswers() ? installedCompose() : undefined;

if (command !== undefined) describe('docker compose up', () => brought(command));
else describe('without docker compose', notBrought);

function brought([program, ...options]: readonly [string, ...string[]]): void {
  const project = `postern-test-${randomBytes(4).toString('hex')}`;
  const compose = async (...args: string[]): Promise<string> => {
    const env = {
      ...process.env,
      SECRET_KEY: randomBytes(32).toString('base64'),
      POSTERN_VERSION: 'under-test',
      POSTERN_GRPC_PORT: '0',
      POSTERN_HTTP_PORT: '0',
      POSTERN_MAIL_PORT: '0',
      REFLECTION: 'on',
    };
    const { stdout } = await run(program, [...options, '--project-directory', ROOT, '-p', project, ...args], { env });
    return stdout.trim();
  };
  const withClient = async <T>(work: (client: ReflectionClient) => Promise<T>): Promise<T> => {
    const client = reflectionClient(await compose('port', 'postern', '50051'));
    try {
      return await work(client);
    } finally {
      client.close();
    }
  };
  const logIn = () => withClient((client) => client.call('postern.auth.v1.AuthService/Login', ADA));

  beforeAll(async () => {
    await run(join(ROOT, 'scripts', 'docker', 'mongo.sh'));
    await buildImage();
    await compose('up', '--no-build', '--wait', '--wait-timeout', '180');
  }, 15 * MINUTES);

  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '15');
  }, 2 * MINUTES);

  it('brings Postern on a MongoDB replica set that it has made itself', async () => {
    await withClient((client) =>
      client.call('postern.auth.v1.AuthService/Register', { ...ADA, email: 'ada@example.com' }),
    );
    expect(await logIn()).toMatchObject({ user: { username: 'ada' } });
    const ready = await fetch(`http://${await compose('port', 'postern', '8080')}/readyz`);
    expect(ready.status).toBe(200);
  });

  it('has both healthy, by what each says of itself', async () => {
    for (const service of ['postern', 'mongo']) {
      const id = await compose('ps', '--quiet', service);
      expect([service, await docker('inspect', '--format={{.State.Health.Status}}', id)]).toEqual([service, 'healthy']);
    }
  });

  it('runs Postern on a read-only root, without capabilities, not as root, and MongoDB out of reach [H3]', async () => {
    const id = await compose('ps', '--quiet', 'postern');
    const { HostConfig, Config } = JSON.parse(await docker('inspect', '--format={{json .}}', id));
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
    expect(Config.User).toBe('65532:65532');
    await expect(compose('port', 'mongo', '27017')).rejects.toThrow();
  });

  it(
    'keeps users over a restart of both',
    async () => {
      await compose('stop');
      await compose('up', '--no-build', '--wait', '--wait-timeout', '180');
      expect(await logIn()).toMatchObject({ user: { username: 'ada' } });
    },
    5 * MINUTES,
  );
}

function notBrought(): void {
  it('is not how CI runs', () => {
    expect(process.env.CI).not.toBe('true');
  });
}
