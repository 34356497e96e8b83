import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { installedCompose } from './compose-command';
import { buildImage, docker, engineAnswers } from './container';

const ROOT = join(__dirname, '..', '..');
const ADA = { username: 'ada', password: 'correct horse battery staple' };
const MINUTES = 60_000;
/** As the README says, under "Mail in development". */
const MAIL = {
  MAIL: 'smtp',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  MAIL_FROM: 'no-reply@example.com',
  RESET_URL: 'http://localhost:3000/reset#token={token}',
  VERIFY_URL: 'http://localhost:3000/verify#token={token}',
};
const run = promisify(execFile);
const command = engineAnswers() ? installedCompose() : undefined;

if (command !== undefined) describe('docker compose up', () => brought(command));
else describe('without docker compose', notBrought);

function brought([program, ...options]: readonly [string, ...string[]]): void {
  const project = `postern-test-${randomBytes(4).toString('hex')}`;
  const SECRET_KEY = randomBytes(32).toString('base64');
  let mail: Partial<typeof MAIL> = {};
  const compose = async (...args: string[]): Promise<string> => {
    const env = {
      ...process.env,
      ...mail,
      SECRET_KEY,
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
    for (const image of ['mongo.sh', 'mailpit.sh']) await run(join(ROOT, 'scripts', 'docker', image));
    await buildImage();
    await compose('up', '--no-build', '--wait', '--wait-timeout', '180');
  }, 15 * MINUTES);

  afterAll(async () => {
    await compose('--profile', 'dev', 'down', '--volumes', '--timeout', '15');
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

  it(
    'brings Mailpit with the profile dev alone, where the mail of a reset is read in a browser',
    async () => {
      expect(await compose('ps', '--all', '--quiet', 'mailpit')).toBe('');
      mail = MAIL;
      await compose('--profile', 'dev', 'up', '--no-build', '--wait', '--wait-timeout', '180');
      const call = (method: string, message: Record<string, string>) =>
        withClient((client) => client.call(`postern.auth.v1.AuthService/${method}`, message));
      await call('RequestPasswordReset', { email: 'ada@example.com' });
      const pages = `http://${await compose('port', 'postern', '8025')}`;
      const read = async (path: string) => (await fetch(pages + path)).text();
      const link = /http:\/\/localhost:3000\/reset#token=(pstv_[\w-]{43})/;
      await eventually('the mail is shown', async () => link.test(await read('/view/latest.txt')), 30_000);
      expect(await read('/')).toContain('<title>Mailpit</title>');
      const [, token = ''] = link.exec(await read('/view/latest.txt')) ?? [];
      await call('ResetPassword', { token, new_password: 'copper-meadow-whistle-3' });
      await expect(logIn()).rejects.toThrow();
    },
    5 * MINUTES,
  );
}

function notBrought(): void {
  it('is not how CI runs', () => {
    expect(process.env.CI).not.toBe('true');
  });
}
