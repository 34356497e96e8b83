import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventually } from '../support/domain/eventually';
import { receiveSmtp } from '../support/mail/smtp-receiver';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { run, type Service, startService, whenReady, workingDirectory } from '../support/processes/service-process';
import { ADMIN_PASSWORD } from './workplace';

const ROOT = resolve(__dirname, '..', '..');
const ADDRESSES = { GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0', LOG_FORMAT: 'json' };
/** npm on a busy machine. */
const READY_MS = 180_000;
const BLOCKS = [...readFileSync('README.md', 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text);

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service | undefined;

beforeEach(async () => {
  directory = await workingDirectory();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await directory.remove();
});

/** The only block of the README that begins with this, line by line. */
function findLines(beginning: string): string[] {
  const [block, ...others] = BLOCKS.filter((text) => text.startsWith(beginning));
  if (block === undefined || others.length > 0) throw new Error(`README.md has not one block with ${beginning}`);
  return block.trimEnd().split('\n');
}

async function sh(line: string, env: Record<string, string>, cwd = ROOT): Promise<string> {
  const { code, stdout, stderr } = await run('sh', ['-c', line], cwd, env, ADMIN_PASSWORD).ended;
  if (code !== 0) throw new Error(`${line}: ${stdout}${stderr}`);
  return stdout;
}

test('Every block of the README that a shell takes is run by a test', () => {
  expect(BLOCKS.map((text) => text.slice(0, 7))).toEqual(['npm sta', 'openssl', 'cat > .']);
});

test('README.md starts Postern, makes an administrator, and finds nothing wrong', async () => {
  const env = { DATABASE_URL: `file:${directory.path}/data` };
  const [start = '', createAdmin = '', doctor = '', ...others] = findLines('npm start');
  expect(others).toEqual([]);
  service = await whenReady(run('sh', ['-c', `exec ${start}`], ROOT, { ...ADDRESSES, ...env }), READY_MS);
  expect(await sh(createAdmin.replace(/ +#/, ' --password-stdin #'), env)).toContain('Made the admin root');
  expect(await sh(doctor, env)).toMatch(/^ok +store/m);
}, 300_000);

test('README.md starts Postern on MongoDB with a secret that it made', async () => {
  const [makeSecret = '', start = '', ...others] = findLines('openssl');
  expect(others).toEqual([]);
  const here = (line: string) => line.replaceAll(/(?<=[ =])secret-key\b/g, `${directory.path}/secret-key`);
  await sh(here(makeSecret), {});
  const command = here(start).replace(/'mongodb:[^']*'/, `'${testDatabaseUrl()}'`);
  service = await whenReady(run('sh', ['-c', `exec env ${command}`], ROOT, ADDRESSES), READY_MS);
  const ready = await fetch(`http://${service.httpAddress}/readyz`);
  expect(ready.status).toBe(200);
}, 300_000);

test('README.md writes a .env with which the mail of a reset is sent', async () => {
  const lines = findLines('cat > .env');
  expect(lines.pop()).toBe('docker compose --profile dev up --build --wait'); // test/packaging brings it up
  const secret = (await sh('openssl rand -base64 48', {})).trim();
  const mails = await receiveSmtp();
  try {
    const block = lines
      .join('\n')
      .replace('SECRET_KEY=...', `SECRET_KEY=${secret}`)
      .replace('1025', String(mails.port));
    await sh(block, {}, directory.path);
    service = await startService(directory.path);
    const post = (method: string, body: object) =>
      fetch(`http://${service?.httpAddress}/postern.auth.v1.AuthService/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const account = { email: 'ada@example.com', username: 'ada', password: 'correct horse battery staple' };
    expect((await post('Register', account)).status).toBe(200);
    expect((await post('RequestPasswordReset', { email: account.email })).status).toBe(200);
    const isReset = ({ text }: { text: string }) => /http:\/\/localhost:3000\/reset#token=pstv_/.test(text);
    await eventually('the mail is there', () => mails.mails.some(isReset), 30_000);
  } finally {
    await mails.close();
  }
}, 300_000);
