import { randomBytes } from 'node:crypto';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { buildImage, type Container, docker, engineAnswers, runInside, startContainer } from './container';
import { dockerfile } from './dockerfile';

const BUILD_MS = 15 * 60_000;
const ENV = { SECRET_KEY: randomBytes(32).toString('base64'), REFLECTION: 'on' };
const ADA = { username: 'ada', password: 'correct horse battery staple' };

if (engineAnswers()) describe('the image', builtImage);
else describe('without a Docker engine', unbuiltImage);

function builtImage(): void {
  let image: string;
  let container: Container;
  let client: ReflectionClient;

  beforeAll(async () => {
    image = await buildImage();
    container = await startContainer(image, ENV);
    client = reflectionClient(container.grpcAddress);
    const megabytes = Number(await docker('image', 'inspect', '--format={{.Size}}', image)) / 1e6;
    process.stdout.write(`Image: ${megabytes.toFixed(0)} MB, ready after ${container.readyAfterMs} ms\n`);
  }, BUILD_MS);

  afterAll(async () => {
    client?.close();
    await container?.remove();
  });

  it('registers, logs in and validates on a read-only root without capabilities, not as root [H3]', async () => {
    expect(await client.call('grpc.health.v1.Health/Check', {})).toEqual({ status: 'SERVING' });
    await client.call('postern.auth.v1.AuthService/Register', { ...ADA, email: 'ada@example.com' });
    const { tokens } = (await client.call('postern.auth.v1.AuthService/Login', ADA)) as {
      tokens: { accessToken: string };
    };
    const answer = await client.call('postern.auth.v1.AuthService/Validate', { access_token: tokens.accessToken });
    expect(answer).toMatchObject({ principal: { username: 'ada', roles: ['user'] } });
  });

  it('says itself that it is healthy', async () => {
    const asked = await docker('exec', container.id, '/usr/local/bin/node', '/app/bin/postern.js', 'healthcheck');
    expect(asked).toBe('SERVING');
  });

  it('ends with 0 on SIGTERM as the first process of its container', async () => {
    const stopped = await startContainer(image, ENV);
    try {
      expect(await stopped.stop()).toBe(0);
      expect(await docker('logs', stopped.id)).toContain('"event":"stopped"');
    } finally {
      await stopped.remove();
    }
  });

  it('does not start without a secret [A12]', async () => {
    await expect(docker('run', '--rm', image)).rejects.toMatchObject({
      code: 78,
      stderr: expect.stringContaining('SECRET_KEY'),
    });
  });

  it('has no shell, no package manager and no history [H3]', async () => {
    const unwanted = [
      '/bin/sh',
      '/bin/bash',
      '/usr/bin/apt',
      '/usr/bin/dpkg',
      '/usr/local/bin/npm',
      '/app/.git',
      '/app/src',
    ];
    const script = `console.log(${JSON.stringify(unwanted)}.filter((path) => require('node:fs').existsSync(path)))`;
    expect(await runInside(image, script)).toBe('[]');
  });

  it('holds the packages that run and none of those that build [H1]', async () => {
    const packages: Record<string, { dev?: boolean; optional?: boolean }> = require('../../package-lock.json').packages;
    const named = Object.entries(packages).filter(([path]) => path !== '' && !path.startsWith('node_modules/@types/'));
    const paths = (chosen: (one: { dev?: boolean; optional?: boolean }) => boolean) =>
      named.filter(([, one]) => chosen(one)).map(([path]) => path);
    const present = async (wanted: string[]): Promise<string[]> => {
      const script = `console.log(JSON.stringify(${JSON.stringify(wanted)}.filter((path) => require('node:fs').existsSync(path))))`;
      return JSON.parse(await runInside(image, script));
    };
    const run = paths(({ dev, optional }) => dev !== true && optional !== true);
    expect(await present(run)).toEqual(run);
    expect(await present(paths(({ dev }) => dev === true))).toEqual([]);
  });

  it('carries the list of its packages [H2]', async () => {
    const { dependencies } = require('../../package.json');
    const sbom = JSON.parse(
      await runInside(
        image,
        "console.log(require('node:fs').readFileSync('/usr/share/postern/sbom.cdx.json', 'utf8'))",
      ),
    );
    expect(sbom.bomFormat).toBe('CycloneDX');
    const listed: string[] = sbom.components.map(({ purl }: { purl: string }) => decodeURIComponent(purl));
    for (const [name, version] of Object.entries(dependencies)) expect(listed).toContain(`pkg:npm/${name}@${version}`);
    expect(listed.filter((purl) => purl.startsWith('pkg:npm/jest@'))).toEqual([]);
  });

  it('runs a supported line of Node [E12]', async () => {
    expect(await runInside(image, 'console.log(process.version)')).toMatch(/^v24\./);
  });

  it('names itself, its user and its health check', async () => {
    const { Labels, User, Healthcheck, StopSignal } = JSON.parse(
      await docker('image', 'inspect', '--format={{json .Config}}', image),
    );
    expect(User).toBe('65532:65532');
    expect(StopSignal).toBe('SIGTERM');
    expect(Healthcheck.Test.at(-1)).toBe('healthcheck');
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': 'Postern',
      'org.opencontainers.image.version': require('../../package.json').version,
      'org.opencontainers.image.revision': expect.stringMatching(/^([0-9a-f]{40}|unknown)$/),
    });
  });
}

/** What can be known of the image without building it. */
function unbuiltImage(): void {
  it('is not how CI runs', () => {
    expect(process.env.CI).not.toBe('true');
  });

  it('takes another base than the one it is built on, and a user that is not root [H3]', () => {
    const { bases, last } = dockerfile();
    expect(bases.at(-1)).toContain('distroless');
    expect(last('USER')).toBe('65532:65532');
  });
}
