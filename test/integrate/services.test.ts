import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { anAuthority } from '../support/clients/certificates';
import { readBlocks } from './page';
import { signInAsRoot, tryAsThePageSays, tryReadme, tryTokens, tryWithoutPostern, tryWithTls } from './reader';
import { README_SERVERS } from './readme-servers';
import { withTls } from './tls';
import { Workplace } from './workplace';

const PROGRAMS = { node: ['node', '--version'], python: ['python3', '--version'], go: ['go', 'version'] } as const;
const MINUTES = 60_000;

const SERVICES = [
  { folder: 'express-client', program: 'node', copies: false },
  { folder: 'express', program: 'node', copies: true },
  { folder: 'fastapi-client', program: 'python', copies: false },
  { folder: 'fastapi', program: 'python', copies: true },
  { folder: 'go-client', program: 'go', copies: false },
  { folder: 'go', program: 'go', copies: true },
] as const;

type Folder = (typeof SERVICES)[number]['folder'];

/** Where a program is missing the run says so, but not in CI, where each must be there. */
const RUNNABLE = SERVICES.filter(({ folder, program }) => {
  const [command, option] = PROGRAMS[program];
  if (process.env.CI === 'true' || spawnSync(command, [option]).status === 0) return true;
  process.stdout.write(`Not run of docs/integrate.md: ${folder}, since there is no ${command}\n`);
  return false;
});

test('docs/integrate.md has these services and the one behind a page', () => {
  const names = readBlocks('docs/integrate.md').map(({ name }) => name);
  const started = names.filter((name) => name.endsWith('/run')).map((name) => name.replace('/run', ''));
  expect(started.sort()).toEqual([...SERVICES.map(({ folder }) => folder), 'bff'].sort());
});

test.each(RUNNABLE)(
  'The service $folder of docs/integrate.md answers as the page says, also over TLS, and 503 without Postern',
  async ({ folder, copies }) => {
    const workplace = await Workplace.open();
    try {
      if (copies) await workplace.sh('copy');
      workplace.write(folder);
      await workplace.sh(`${folder}/install`);
      const server = await workplace.start(`${folder}/run`);
      await tryAsThePageSays(workplace);
      const token = await signInAsRoot(workplace);
      await tryTokens(workplace, token);
      await tryWithoutPostern(workplace, token);
      await workplace.end(server);
      await overTls(workplace, folder, token);
      if (README_SERVERS.has(folder)) await asInReadme(workplace, folder, token);
    } finally {
      await workplace.close();
    }
  },
  10 * MINUTES,
);

/** The same service with the changes of the table under "TLS". */
async function overTls(workplace: Workplace, folder: Folder, token: string): Promise<void> {
  const authority = anAuthority();
  const { cert, key } = authority.issue('postern');
  const files = { ca: authority.cert, cert, key };
  for (const [name, text] of Object.entries(files)) writeFileSync(workplace.path(`${name}.pem`), text);
  const ca = workplace.path('ca.pem');
  const pair = { TLS_CERT_FILE: workplace.path('cert.pem'), TLS_KEY_FILE: workplace.path('key.pem') };
  await workplace.startPostern('start', pair);
  workplace.write(folder, withTls(folder));
  const roots = { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: ca, SSL_CERT_FILE: ca };
  const server = await workplace.start(`${folder}/run`, roots);
  await tryWithTls(workplace, token);
  await workplace.end(server);
  await workplace.stopPostern();
}

/** What the README shows under "Protect your services", in a server that lacks nothing else. */
async function asInReadme(workplace: Workplace, folder: Folder, token: string): Promise<void> {
  const [file, text] = README_SERVERS.get(folder) ?? ['', ''];
  await workplace.startPostern('start');
  workplace.writeFile(file, text);
  const server = await workplace.start(`${folder}/run`);
  await tryReadme(workplace, token);
  await workplace.end(server);
}
