import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { aMail } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { storeOptions } from '../support/embedded/embedded';
import { appCalls, PASSWORD } from '../support/grpc/app-calls';
import { type ReceiverOptions, receiveSmtp, type SmtpReceiver, talkOnPort } from '../support/mail/smtp-receiver';
import { receiveWebhooks } from '../support/mail/webhook-receiver';
import { type StartedApp, startApp } from '../support/processes/start-app';

const LINKS = {
  RESET_URL: 'https://app.example.com/reset#token={token}',
  VERIFY_URL: 'https://app.example.com/verify#token={token}',
};
const NEW_PASSWORD = 'copper-meadow-whistle-3';

const open: { stop?(): Promise<void>; close?(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await (each.stop?.() ?? each.close?.());
});

async function receive(options: ReceiverOptions = {}): Promise<SmtpReceiver> {
  const receiver = await receiveSmtp(options);
  open.push(receiver);
  return receiver;
}

async function startWithMail(port: number, env: NodeJS.ProcessEnv = {}): Promise<StartedApp> {
  const smtp = { MAIL: 'smtp', SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Example <no-reply@example.com>' };
  const started = await startApp({ ...smtp, ...LINKS, ...env });
  open.push(started);
  return started;
}

const tokenIn = (text: string) => /token=(pstv_[\w-]{43})\b/.exec(text)?.[1] ?? '';
const arrived = (receiver: SmtpReceiver, subject: string, to: string) =>
  receiver.mails.filter(({ headers, envelope }) => headers.subject?.[0] === subject && envelope.to.includes(to));

const findDirectory = ({ config }: StartedApp) => (config.database as { readonly directory: string }).directory;

async function failures(started: StartedApp, userId: string): Promise<object[]> {
  const { admin, adminToken } = appCalls(started);
  const query = { userId, type: 'mail.failed', pageSize: 10, pageToken: '' };
  return ((await admin('listAuditEvents', query, await adminToken())) as unknown as { events: object[] }).events;
}

/** The value of a time series; undefined where there is none. */
async function metric(started: StartedApp, series: string): Promise<string | undefined> {
  const address = started.lines().find(({ event }) => event === 'started')?.http;
  const text = await (await fetch(`http://${address}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);
}

describe('a service that sends mail by SMTP', () => {
  test('brings a person back into an account by a mail, and notifies them of the new password by another', async () => {
    const receiver = await receive();
    const started = await startWithMail(receiver.port);
    const { auth, newUser } = appCalls(started);
    const { account } = await newUser();
    await auth('requestPasswordReset', { email: account.email });
    const resets = () => arrived(receiver, 'Reset your password', account.email);
    await eventually('a mail arrives', () => resets().length === 1);
    const [mail] = resets();
    expect(tokenIn(mail?.text ?? '')).toMatch(/^pstv_/);
    expect(mail?.html).toContain(`href="https://app.example.com/reset#token=${tokenIn(mail?.text ?? '')}"`);
    await auth('resetPassword', { token: tokenIn(mail?.text ?? ''), newPassword: NEW_PASSWORD });
    const login = { username: account.username, password: NEW_PASSWORD, deviceName: '' };
    expect((await auth('login', login)).tokens.accessToken).not.toBe('');
    await eventually(
      'the notice arrives',
      () => arrived(receiver, 'Your password was changed', account.email).length === 1,
    );
  });

  test('sends the same token again when the mail server did not take the mail at first', async () => {
    let refusals = 1;
    const tokens: string[] = [];
    const refuseMessage = ({ text }: { text: string }) => {
      tokens.push(tokenIn(text));
      refusals -= 1;
      return refusals >= 0 ? '451 4.3.0 Later' : '';
    };
    const receiver = await receive({ refuseMessage });
    const started = await startWithMail(receiver.port);
    const { auth, newUser } = appCalls(started);
    refusals = -1;
    const { account } = await newUser();
    await eventually('the verification is sent', () => receiver.mails.length === 1);
    refusals = 1;
    tokens.length = 0;
    await auth('requestPasswordReset', { email: account.email });
    await eventually('it is sent at the second try', () => receiver.mails.length === 2, 15_000);
    expect(tokens).toHaveLength(2);
    expect(tokens[0]).toBe(tokens[1]);
    await auth('resetPassword', { token: tokens[1], newPassword: NEW_PASSWORD });
  }, 30_000);

  test('answers calls as fast as ever while the mail server hangs, and loses no mail', async () => {
    let connections = 0;
    const silent = await talkOnPort(() => {
      connections += 1;
    });
    const started = await startWithMail(silent.port);
    const { auth, newUser } = appCalls(started);
    const { account } = await newUser();
    await eventually('the mail server hangs', () => connections === 1);
    const startedAt = performance.now();
    for (let i = 0; i < 20; i += 1) await auth('requestPasswordReset', { email: `user${i}@example.com` });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await silent.close();
    const receiver = await receive({ listenOn: silent.port });
    await eventually('all arrive', () => arrived(receiver, 'Reset your password', account.email).length === 1, 25_000);
    await eventually('the log says so', () => started.text().includes('Mail is taken again'));
    expect(
      started
        .lines()
        .filter(({ event }) => event === 'mail.service')
        .map(({ msg }) => msg),
    ).toEqual(['Mail is not taken; it waits', 'Mail is taken again']);
  }, 60_000);

  test('reports a mail without a mailbox in the log, the audit log and the metrics', async () => {
    const receiver = await receive({
      refuseRecipient: (to) => (to === 'user1@example.com' ? '550 5.1.1 Unknown user1@example.com' : ''),
    });
    const started = await startWithMail(receiver.port, { HTTP_ADDRESS: '127.0.0.1:0' });
    const { user } = await appCalls(started).newUser();
    await eventually('it is in the audit log', async () => (await failures(started, user.id)).length === 1);
    expect(await failures(started, user.id)).toEqual([
      expect.objectContaining({ userId: user.id, reason: 'email-verification' }),
    ]);
    await eventually('it is in the log', () => started.text().includes('mail.given_up'));
    expect(await metric(started, 'postern_mails_total{kind="email-verification",outcome="given_up"}')).toBe('1');
    const [line] = started.lines().filter(({ event }) => event === 'mail.given_up');
    expect(line).toMatchObject({
      kind: 'email-verification',
      user_id: user.id,
      problem: expect.stringContaining('550 5.1.1'),
    });
    expect(JSON.stringify(line)).not.toContain('user1@example.com');
  });

  test('reports mails that no server took for a day in the log, the audit log and the metrics', async () => {
    const gone = await talkOnPort(() => undefined);
    await gone.close();
    const started = await startWithMail(gone.port, { HTTP_ADDRESS: '127.0.0.1:0' });
    const { user } = await appCalls(started).newUser();
    const store = await openEmbeddedStore(findDirectory(started), storeOptions({ openedBy: 'tool' }));
    open.push(store);
    const [kind, address] = ['password-changed-notice', user.email] as const;
    const waiting = { kind, address, userId: user.id, requestedAt: new Date(Date.now() - 25 * 3_600_000) };
    await store.mailOutbox.add([aMail(waiting), aMail(waiting), aMail(waiting)], testCall());
    await eventually('they are in the audit log', async () => (await failures(started, user.id)).length >= 2, 20_000);
    for (const event of await failures(started, user.id)) expect(event).toMatchObject({ reason: kind });
    const [line] = started.lines().filter(({ event }) => event === 'mail.given_up');
    expect(line).toMatchObject({ kind, user_id: user.id, problem: expect.stringContaining('24 hours') });
    const count = await metric(started, `postern_mails_total{kind="${kind}",outcome="given_up"}`);
    expect(Number(count)).toBeGreaterThanOrEqual(2);
    // That of the registration is not a day old.
    expect(await metric(started, 'postern_mails_waiting')).not.toBe('0');
  }, 60_000);

  test('keeps tokens and passwords out of its log and its store', async () => {
    const receiver = await receive({ accounts: { postern: 'canary-smtp' }, allowInsecureAuth: true });
    const SMTP_URL = `smtp://postern:canary-smtp@127.0.0.1:${receiver.port}`;
    const started = await startWithMail(receiver.port, { SMTP_URL, LOG_LEVEL: 'trace' });
    const { newUser, auth } = appCalls(started);
    const { account } = await newUser();
    await auth('requestPasswordReset', { email: account.email });
    await eventually('both mails arrive', () => receiver.mails.length === 2);
    for (const { text } of receiver.mails) expect(started.text()).not.toContain(tokenIn(text));
    expect(started.text()).not.toContain('canary-smtp');
  });

  test('ends in time while the mail server hangs, and leaves the mail for the next start', async () => {
    const silent = await talkOnPort(() => undefined);
    const started = await startWithMail(silent.port, { DRAIN_SECONDS: '1' });
    await appCalls(started).newUser();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const startedAt = performance.now();
    await started.app.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await silent.close();
    const receiver = await receive({ listenOn: silent.port });
    const DATABASE_URL = `file:${findDirectory(started)}`;
    const again = await startWithMail(silent.port, { DATABASE_URL });
    await eventually('it arrives', () => receiver.mails.length === 1);
    await again.app.stop();
  }, 30_000);
});

describe('a service that sends mail to a webhook', () => {
  test('posts the link, and the token in it resets the password', async () => {
    const receiver = await receiveWebhooks();
    open.push(receiver);
    const MAIL_WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
    const started = await startApp({ MAIL: 'webhook', MAIL_WEBHOOK_URL: receiver.url, MAIL_WEBHOOK_SECRET, ...LINKS });
    open.push(started);
    const { auth, newUser } = appCalls(started);
    const { account } = await newUser();
    await auth('requestPasswordReset', { email: account.email });
    const resets = () => receiver.posts.filter(({ body }) => body.includes('mail.password-reset'));
    await eventually('it is posted', () => resets().length === 1);
    const { data } = JSON.parse(resets()[0]?.body ?? '{}') as { data: { to: string; link: string } };
    expect(data.to).toBe(account.email);
    await auth('resetPassword', { token: tokenIn(data.link), newPassword: NEW_PASSWORD });
    expect(PASSWORD).not.toBe(NEW_PASSWORD);
  });
});
