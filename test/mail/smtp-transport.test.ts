import { type MailTransport, SendError } from '../../src/mail/mail-transport';
import { createSmtpTransport, type SmtpOptions } from '../../src/mail/smtp/smtp-transport';
import { anAuthority } from '../support/clients/certificates';
import { aMessage } from '../support/mail/messages';
import { type ReceiverOptions, receiveSmtp, type SmtpReceiver, talkOnPort } from '../support/mail/smtp-receiver';

const authority = anAuthority();
const certificate = authority.issue('mail');
const from = { name: 'Example, Inc.', address: 'no-reply@example.com' };
const within = (ms = 10_000) => AbortSignal.timeout(ms);

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function receive(options: ReceiverOptions = {}): Promise<SmtpReceiver> {
  const receiver = await receiveSmtp(options);
  open.push(receiver);
  return receiver;
}

/** A transport to a server that counts as one on another machine, unless it is said otherwise. */
function transportTo(
  port: number,
  server: Partial<SmtpOptions['server']> = {},
  ca: string | undefined = authority.cert,
) {
  const remote = { host: 'localhost', port, implicitTls: false, isLoopback: false, credentials: undefined };
  const transport = createSmtpTransport({ server: { ...remote, ...server }, from, ...(ca !== undefined && { ca }) });
  open.push(transport);
  return transport;
}

async function captureFailure(transport: MailTransport, message = aMessage(), signal = within()): Promise<SendError> {
  const error: unknown = await transport.send(message, signal).then(
    () => new Error('It was sent'),
    (cause: unknown) => cause,
  );
  if (error instanceof SendError) return error;
  throw error;
}

describe('the SMTP transport', () => {
  test('hands a mail over after STARTTLS and AUTH, in text and HTML, to its one recipient', async () => {
    const receiver = await receive({ ...certificate, accounts: { postern: 'p@ss:/word' } });
    const transport = transportTo(receiver.port, { credentials: { user: 'postern', password: 'p@ss:/word' } });
    const message = aMessage({ text: 'Grüße\n.\n..\nhttps://x/#=3D\n', html: '<p>Grüße 🔑</p>\n' });
    await transport.send(message, within());
    const [mail] = receiver.mails;
    expect(receiver.logins).toEqual([{ user: 'postern', secure: true }]);
    expect(mail?.envelope).toEqual({ from: 'no-reply@example.com', to: ['ada@example.com'], secure: true });
    expect(mail?.headers).toMatchObject({
      from: ['"Example, Inc." <no-reply@example.com>'],
      to: ['ada@example.com'],
      subject: ['Reset your password'],
      'message-id': [`<${message.id}@example.com>`],
      'auto-submitted': ['auto-generated'],
      'content-language': ['en'],
    });
    expect(mail?.text.trimEnd()).toBe(message.text.trimEnd());
    expect(mail?.html.trimEnd()).toBe(message.html.trimEnd());
  });

  test('sends many over one connection', async () => {
    const receiver = await receive({ ...certificate });
    const transport = transportTo(receiver.port);
    for (let i = 0; i < 20; i += 1) await transport.send(aMessage(), within());
    expect([receiver.mails.length, receiver.connections()]).toEqual([20, 1]);
  });

  test('speaks TLS from the first byte to smtps', async () => {
    const receiver = await receive({ ...certificate, secure: true });
    await transportTo(receiver.port, { implicitTls: true }).send(aMessage(), within());
    expect(receiver.mails).toHaveLength(1);
  });

  test('sends nothing, and no password, to another machine that offers no STARTTLS', async () => {
    const receiver = await receive({ accounts: { postern: 'secret' }, allowInsecureAuth: true });
    const transport = transportTo(receiver.port, { credentials: { user: 'postern', password: 'secret' } });
    expect(await captureFailure(transport)).toMatchObject({
      scope: 'service',
      message: expect.stringContaining('STARTTLS'),
    });
    expect([receiver.logins, receiver.mails]).toEqual([[], []]);
  });

  test('sends nothing, and no password, to a server whose certificate is not valid', async () => {
    const accounts = { postern: 'secret' };
    const credentials = { user: 'postern', password: 'secret' };
    const strange = await receive({ ...anAuthority().issue('mail'), accounts });
    const expired = await receive({ ...authority.issue('mail', { expired: true }), accounts });
    const implicit = await receive({ ...anAuthority().issue('mail'), accounts, secure: true });
    for (const transport of [
      transportTo(strange.port, { credentials }),
      transportTo(expired.port, { credentials }),
      transportTo(implicit.port, { credentials, implicitTls: true }),
    ]) {
      expect(await captureFailure(transport)).toMatchObject({
        scope: 'service',
        message: expect.stringMatching(/certificate/),
      });
    }
    expect([...strange.logins, ...expired.logins, ...implicit.logins]).toEqual([]);
  });

  test('takes a server on this machine without TLS, and with a certificate of its own making', async () => {
    const plain = await receive();
    const selfMade = await receive({ ...anAuthority().issue('mail') });
    for (const { port } of [plain, selfMade])
      await transportTo(port, { isLoopback: true }, undefined).send(aMessage(), within());
    expect(plain.mails[0]?.envelope.secure).toBe(false);
    expect(selfMade.mails[0]?.envelope.secure).toBe(true);
  });

  test('fails for all mails when the password is refused, and does not repeat it', async () => {
    const receiver = await receive({ ...certificate, accounts: { postern: 'right' } });
    const transport = transportTo(receiver.port, { credentials: { user: 'postern', password: 'canary-1' } });
    const failure = await captureFailure(transport);
    expect(failure).toMatchObject({ scope: 'service', message: expect.stringContaining('535') });
    expect(failure.message).not.toContain('canary-1');
  });

  test.each([
    ['550 5.1.1 No such user ada@example.com', 'recipient'],
    ['550 5.1.2 Bad destination', 'recipient'],
    ['550 5.7.1 Relaying denied for ada@example.com', 'message'],
    ['550 No such user', 'message'],
    ['450 4.2.0 Greylisted, try again', 'message'],
    ['451 4.1.1 Not now', 'message'],
    ['421 4.3.0 Too busy', 'service'],
  ])('takes the answer "%s" to the recipient as a failure of the %s', async (reply, scope) => {
    const receiver = await receive({ ...certificate, refuseRecipient: () => reply });
    const failure = await captureFailure(transportTo(receiver.port));
    expect(failure).toMatchObject({ scope, message: expect.stringContaining(reply.slice(0, 9)) });
    expect(failure.message).not.toContain('ada@');
  });

  test.each([
    ['552 5.3.4 Too big', 'message'],
    ['554 5.7.1 Spam', 'message'],
    ['452 4.3.1 Disk is full', 'message'],
  ])('takes the answer "%s" to the message as a failure of the %s', async (reply, scope) => {
    const receiver = await receive({ ...certificate, refuseMessage: () => reply });
    expect(await captureFailure(transportTo(receiver.port))).toMatchObject({ scope });
  });

  test('repeats no token that a filter names in its answer', async () => {
    const token = `pstv_${'canary'.repeat(7)}-`;
    const answer = `554 5.7.1 Blocked: https://app.example.com/reset#${token} is listed`;
    const receiver = await receive({ ...certificate, refuseMessage: () => answer });
    const { message } = await captureFailure(transportTo(receiver.port));
    expect(message).toContain('https://app.example.com/reset#[token] is listed');
    expect(message).not.toContain('canary');
  });

  test('sends the next mail after one was refused', async () => {
    const refuseRecipient = (address: string) => (address.startsWith('no') ? '550 5.1.1 No' : '');
    const receiver = await receive({ ...certificate, refuseRecipient });
    const transport = transportTo(receiver.port);
    expect((await captureFailure(transport, aMessage({ to: 'nobody@example.com' }))).scope).toBe('recipient');
    await transport.send(aMessage(), within());
    expect(receiver.mails).toHaveLength(1);
  });

  test('opens another connection when the server has closed the idle one', async () => {
    const receiver = await receive({ ...certificate, socketTimeout: 300 });
    const transport = transportTo(receiver.port);
    await transport.send(aMessage(), within());
    await new Promise((resolve) => setTimeout(resolve, 800));
    await transport.send(aMessage(), within());
    expect([receiver.mails.length, receiver.connections()]).toEqual([2, 2]);
  });

  test('gives up a server that says nothing, one that stops, and one that trickles, when its time is over', async () => {
    const silent = await talkOnPort(() => undefined);
    const stopping = await talkOnPort((socket) => socket.write('220 mail ESMTP\r\n'));
    const trickling = await talkOnPort((socket) => {
      const timer = setInterval(() => socket.write('220-still\r\n'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    open.push(silent, stopping, trickling);
    for (const { port } of [silent, stopping, trickling]) {
      const startedAt = performance.now();
      const failure = await captureFailure(transportTo(port), aMessage(), within(500));
      expect(failure).toMatchObject({ scope: 'service', message: expect.stringContaining('in time') });
      expect(performance.now() - startedAt).toBeLessThan(3_000);
    }
  });

  test('fails at once where no server listens, where the connection breaks, and where no SMTP is spoken', async () => {
    const gone = await talkOnPort(() => undefined);
    await gone.close();
    const breaking = await talkOnPort((socket) => socket.write('220 mail ESMTP\r\n', () => socket.destroy()));
    const web = await talkOnPort((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    open.push(breaking, web);
    for (const { port } of [gone, breaking, web]) {
      expect((await captureFailure(transportTo(port))).scope).toBe('service');
    }
    expect((await captureFailure(transportTo(1, { host: 'no-such-host.invalid' }))).message).toMatch(
      /no address|ENOTFOUND/,
    );
  });

  test('says whether the server can be reached and takes the password, and sends nothing for that', async () => {
    const receiver = await receive({ ...certificate, accounts: { postern: 'right' } });
    const check = (password: string) =>
      transportTo(receiver.port, { credentials: { user: 'postern', password } }).check(within());
    await expect(check('right')).resolves.toBeUndefined();
    await expect(check('wrong')).rejects.toMatchObject({ scope: 'service', message: expect.stringContaining('535') });
    expect(receiver.mails).toEqual([]);
    const silent = await talkOnPort(() => undefined);
    open.push(silent);
    await expect(transportTo(silent.port).check(within(300))).rejects.toThrow('in time');
  });

  test('keeps a line end out of headers and commands, wherever it stands', async () => {
    const receiver = await receive({ ...certificate });
    const transport = transportTo(receiver.port);
    const hostile = [
      aMessage({ to: 'ada@example.com\r\nBcc: eve@example.com' }),
      aMessage({ to: 'ada@example.com>\r\nRCPT TO:<eve@example.com' }),
      aMessage({ subject: 'Hello\r\nBcc: eve@example.com' }),
      aMessage({ to: 'ada@example.com, eve@example.com' }),
    ];
    for (const message of hostile) await transport.send(message, within()).catch(() => undefined);
    expect(receiver.mails.map(({ headers }) => headers.subject?.[0])).toContain('Hello Bcc: eve@example.com');
    for (const { envelope, headers } of receiver.mails) {
      expect(envelope.to).not.toContain('eve@example.com');
      expect(envelope.to.length).toBe(1);
      expect(headers.bcc).toBeUndefined();
    }
  });
});
