import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installGrpcurl } from '../support/clients/grpcurl';
import { run, type Service, startService, workingDirectory } from '../support/processes/service-process';

const lines = [...readFileSync('README.md', 'utf8').matchAll(/```sh tour\n(.*?)```/gs)]
  .flatMap(([, block = '']) => block.replaceAll('\\\n', '').split('\n'))
  .filter((line) => line.trim() !== '');

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;

beforeEach(async () => {
  directory = await workingDirectory();
  service = await startService(directory.path);
}, 90_000);

afterEach(async () => {
  await service.stop();
  await directory.remove();
});

test('the README has a tour', () => {
  expect(lines.length).toBeGreaterThan(5);
});

test.each(clients())(
  'the tour of the README goes as it says, with %s',
  async (_client, path) => {
    const variables: Record<string, string> = {};
    for (const line of lines) {
      const [, expected] = /# (\w+)$/.exec(line) ?? [];
      const command = line.replaceAll('localhost:50051', service.grpcAddress);
      const env = { ...variables, PATH: path(join(directory.path, 'bin')) };
      const { code, stdout, stderr } = await run('sh', ['-c', command], directory.path, env).ended;
      const outcome = { line, failed: code !== 0, says: /Code: (\w+)/.exec(stderr)?.[1] };
      expect(outcome).toEqual({ line, failed: expected !== undefined, says: expected });
      if (line.endsWith('/Login')) {
        const { tokens } = JSON.parse(stdout) as { tokens: { accessToken: string; refreshToken: string } };
        variables.ACCESS_TOKEN = tokens.accessToken;
        variables.REFRESH_TOKEN = tokens.refreshToken;
      }
      if (line.endsWith('/CreateMyApiKey')) variables.API_KEY = (JSON.parse(stdout) as { apiKey: string }).apiKey;
    }
  },
  60_000,
);

/** Our own client always; grpcurl too where it is installed. */
function clients(): [string, (bin: string) => string][] {
  const { PATH = '' } = process.env;
  const own = (bin: string): string => {
    mkdirSync(bin, { recursive: true });
    installGrpcurl(bin);
    return `${bin}:${PATH}`;
  };
  const ways: [string, (bin: string) => string][] = [['a client by reflection', own]];
  try {
    execFileSync('grpcurl', ['--version'], { stdio: 'ignore' });
    ways.push(['grpcurl', () => PATH]);
  } catch {
    // Not installed here.
  }
  return ways;
}
