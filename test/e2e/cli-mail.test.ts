import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { anAuthority } from '../support/clients/certificates';
import { receiveSmtp, talkOnPort } from '../support/mail/smtp-receiver';
import { receiveWebhooks } from '../support/mail/webhook-receiver';
import { type Env, runPostern, workingDirectory } from '../support/processes/service-process';

const SECRET_KEY = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';
const LINKS = { RESET_URL: 'https://app.example.com/#{token}', VERIFY_URL: 'https://app.example.com/#{token}' };
const authority = anAuthority();

let directory: Awaited<ReturnType<typeof workingDirectory>>;
beforeAll(async () => {
  directory = await workingDirectory();
  await writeFile(join(directory.path, 'ca.pem'), authority.cert);
  // The first run of changed sources builds them, and says so on standard error.
  await runPostern(['version'], directory.path);
}, 90_000);
afterAll(() => directory.remove());

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const smtpTo = (url: string): Env => ({
  SECRET_KEY,
  MAIL: 'smtp',
  SMTP_URL: url,
  MAIL_FROM: 'a@example.com',
  ...LINKS,
});
const postern = (args: string[], env: Env) => runPostern(args, directory.path, env);

async function mailFinding(env: Env): Promise<{ level: string; message: string } | undefined> {
  const { stdout } = await postern(['doctor', '--json'], env);
  const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string; message: string }[] };
  return findings.find(({ check }) => check === 'mail');
}

describe('mail test', () => {
  test('sends a mail over TLS that is trusted by way of NODE_EXTRA_CA_CERTS, and says who took it', async () => {
    const receiver = await receiveSmtp({ ...authority.issue('mail'), secure: true, accounts: { postern: 'p@ss' } });
    open.push(receiver);
    const env = { ...smtpTo(`smtps://postern:p%40ss@localhost:${receiver.port}`), NODE_EXTRA_CA_CERTS: 'ca.pem' };
    const { code, stdout } = await postern(['mail', 'test', 'ops@example.com'], env);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^smtps:\/\/localhost:\d+ took the mail [0-9a-f-]{36}\n$/),
    ]);
    expect(receiver.mails[0]?.envelope.to).toEqual(['ops@example.com']);
    expect(receiver.mails[0]?.headers.subject).toEqual(['A test mail of Postern']);
  });

  test('says what the server answered, without the password', async () => {
    const receiver = await receiveSmtp({ accounts: { postern: 'right' }, allowInsecureAuth: true });
    open.push(receiver);
    const refused = await postern(
      ['mail', 'test', 'ops@example.com'],
      smtpTo(`smtp://postern:canary@127.0.0.1:${receiver.port}`),
    );
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('535')]);
    expect(refused.stderr).not.toContain('canary');
  });

  test('posts to the webhook, in JSON where it is asked for', async () => {
    const receiver = await receiveWebhooks();
    open.push(receiver);
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const env = {
      SECRET_KEY,
      MAIL: 'webhook',
      MAIL_WEBHOOK_URL: `${receiver.url}/hook`,
      MAIL_WEBHOOK_SECRET: secret,
      ...LINKS,
    };
    const { code, stdout } = await postern(['mail', 'test', 'ops@example.com', '--json'], env);
    expect([code, JSON.parse(stdout)]).toEqual([0, { id: expect.any(String), takenBy: receiver.url }]);
    expect(JSON.parse(receiver.posts[0]?.body ?? '')).toMatchObject({
      type: 'mail.test',
      data: { to: 'ops@example.com' },
    });
    expect(await mailFinding(env)).toMatchObject({ level: 'ok', message: expect.stringContaining('mail test') });
    expect(receiver.posts).toHaveLength(2);
  });

  test('refuses what is no address, and says how to turn mail on', async () => {
    expect(await postern(['mail', 'test', 'nobody'], { SECRET_KEY })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('email address'),
    });
    expect(await postern(['mail', 'test', 'a@example.com'], { SECRET_KEY })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('set MAIL'),
    });
    const wrong = await postern(['mail', 'test', 'a@example.com'], smtpTo('smtp://canary@mail.example.com'));
    expect([wrong.code, wrong.stderr]).toEqual([
      78,
      expect.stringContaining('SMTP_URL: holds a user without a password'),
    ]);
  });
});

describe('doctor, of the mail settings,', () => {
  test('finds that mail is off, that a server takes it, and that one does not, and sends nothing', async () => {
    expect(await mailFinding({ SECRET_KEY })).toMatchObject({ level: 'ok', message: expect.stringContaining('Off') });
    const receiver = await receiveSmtp();
    open.push(receiver);
    const right = await mailFinding(smtpTo(`smtp://127.0.0.1:${receiver.port}`));
    expect(right).toMatchObject({ level: 'ok', message: expect.stringContaining('takes mail') });
    expect(receiver.mails).toEqual([]);
    const gone = await talkOnPort(() => undefined);
    await gone.close();
    const down = await mailFinding(smtpTo(`smtp://127.0.0.1:${gone.port}`));
    expect(down).toMatchObject({ level: 'fault', message: expect.stringContaining('ECONNREFUSED') });
    expect(await mailFinding(smtpTo(`smtp://no-such-host.invalid`))).toMatchObject({
      level: 'fault',
      message: expect.stringContaining('no address'),
    });
  });

  test('finds a password that is refused, and does not repeat it', async () => {
    const receiver = await receiveSmtp({ accounts: { postern: 'right' }, allowInsecureAuth: true });
    open.push(receiver);
    const url = (password: string) => smtpTo(`smtp://postern:${password}@127.0.0.1:${receiver.port}`);
    expect(await mailFinding(url('right'))).toMatchObject({ level: 'ok' });
    const refused = await mailFinding(url('canary'));
    expect(refused).toMatchObject({ level: 'fault', message: expect.stringContaining('535') });
    expect(refused?.message).not.toContain('canary');
    expect(receiver.logins).toHaveLength(2);
    expect(receiver.mails).toEqual([]);
  });

  test('finds that TLS does not come about: the wrong port, and a certificate for another host', async () => {
    const [plain, secure, starting] = await Promise.all([
      receiveSmtp(),
      receiveSmtp({ ...authority.issue('mail'), secure: true }),
      receiveSmtp(authority.issue('mail')),
    ]);
    open.push(plain, secure, starting);
    const findProblem = async (url: string) => {
      const finding = await mailFinding(smtpTo(url));
      expect(finding?.level).toBe('fault');
      return finding?.message;
    };
    expect(await findProblem(`smtps://127.0.0.1:${plain.port}`)).toMatch(/no TLS from the first byte: smtp:/);
    expect(await findProblem(`smtp://127.0.0.1:${secure.port}`)).toMatch(/smtps:\/\//);
    // This address leads here and yet is none of loopback, where TLS is not demanded.
    expect(await findProblem(`smtp://0.0.0.0:${plain.port}`)).toMatch(/answered STARTTLS with: 500/);
    expect(await findProblem(`smtp://0.0.0.0:${starting.port}`)).toMatch(/unable to verify the first certificate/);
    expect([plain, secure, starting].flatMap(({ mails }) => mails)).toEqual([]);
  });

  test('finds that a webhook refuses the signature, and that it is down', async () => {
    const webhook = (url: string): Env => ({
      SECRET_KEY,
      MAIL: 'webhook',
      MAIL_WEBHOOK_URL: url,
      MAIL_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
      ...LINKS,
    });
    const receiver = await receiveWebhooks(({ headers }, response) => {
      response.writeHead(headers['webhook-signature'] === undefined ? 204 : 401).end();
    });
    open.push(receiver);
    expect(await mailFinding(webhook(`${receiver.url}/hook`))).toMatchObject({
      level: 'fault',
      message: expect.stringContaining('compare its secret with MAIL_WEBHOOK_SECRET'),
    });
    await receiver.close();
    expect(await mailFinding(webhook(receiver.url))).toMatchObject({
      level: 'fault',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
