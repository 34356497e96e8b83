import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TEMPLATES } from '../../../src/config/mail-templates';
import { A_SECRET, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

const LINKS = {
  RESET_URL: 'https://app.example.com/reset#token={token}',
  VERIFY_URL: 'https://app.example.com/verify?token={token}',
};
const SMTP = {
  SECRET_KEY: A_SECRET,
  MAIL: 'smtp',
  SMTP_URL: 'smtp://postern:p%40ss%3A%2F@mail.example.com',
  MAIL_FROM: 'Example <no-reply@example.com>',
  ...LINKS,
};
const WEBHOOK = {
  SECRET_KEY: A_SECRET,
  MAIL: 'webhook',
  MAIL_WEBHOOK_URL: 'https://hooks.example.com/postern?tenant=1',
  MAIL_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ...LINKS,
};

test('Configuration without MAIL has none, and says which settings of mail have no effect then', () => {
  expect(loadWith({}).mail).toBeUndefined();
  const { MAIL: _mail, ...others } = SMTP;
  const { mail, warnings } = loadWith(others);
  expect(mail).toBeUndefined();
  expect(warnings.join('\n')).toMatch(/SMTP_URL is set and has no effect/);
  expect(warnings.join('\n')).not.toContain('p%40ss');
});

test('Configuration reads a mail server, the sender, the links and the English texts', () => {
  expect(loadWith(SMTP).mail).toMatchObject({
    delivery: {
      kind: 'smtp',
      server: {
        host: 'mail.example.com',
        port: 587,
        implicitTls: false,
        isLoopback: false,
        credentials: { user: 'postern', password: 'p@ss:/' },
      },
      from: { name: 'Example', address: 'no-reply@example.com' },
    },
    resetUrl: LINKS.RESET_URL,
    verifyUrl: LINKS.VERIFY_URL,
    templates: { language: 'en', mails: { 'password-reset': { subject: 'Reset your password' } } },
  });
});

test('Configuration reads a webhook', () => {
  expect(loadWith(WEBHOOK).mail?.delivery).toEqual({
    kind: 'webhook',
    url: WEBHOOK.MAIL_WEBHOOK_URL,
    secretBase64: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  });
});

test.each([
  ['smtp://localhost:2525', { host: 'localhost', port: 2525, isLoopback: true, credentials: undefined }],
  ['smtp://127.0.0.2', { host: '127.0.0.2', port: 587, isLoopback: true }],
  ['smtp://[::1]:25/', { host: '::1', port: 25, isLoopback: true }],
  ['smtps://[2001:db8::1]', { host: '2001:db8::1', port: 465, implicitTls: true, isLoopback: false }],
  ['smtp://127.0.0.1.example.com', { isLoopback: false }],
])('Configuration understands the mail server %s', (SMTP_URL, server) => {
  expect(loadWith({ ...SMTP, SMTP_URL }).mail?.delivery).toMatchObject({ server });
});

test.each([
  ['no-reply@example.com', { name: '', address: 'no-reply@example.com' }],
  ['"Example, Inc." <no-reply@example.com>', { name: 'Example, Inc.', address: 'no-reply@example.com' }],
  ['Beispiel GmbH <post@bücher.example>', { name: 'Beispiel GmbH', address: 'post@bücher.example' }],
])('Configuration understands the sender %s', (MAIL_FROM, from) => {
  expect(loadWith({ ...SMTP, MAIL_FROM }).mail?.delivery).toMatchObject({ from });
});

test.each([
  ['SMTP_URL', 'mail.example.com', 'not the URL of a mail server'],
  ['SMTP_URL', 'http://mail.example.com', 'not the URL of a mail server'],
  ['SMTP_URL', 'smtp://', 'host|URL'],
  ['SMTP_URL', 'smtp://canary@mail.example.com', 'user without a password'],
  ['SMTP_URL', 'smtp://u:canary%zz@mail.example.com', '%25'],
  ['SMTP_URL', 'smtp://u:can/ary@mail.example.com', '%2F|not the URL'],
  ['SMTP_URL', 'smtp://mail.example.com?secure=false', 'after the port'],
  ['SMTP_URL', 'smtp://mail.example.com:0', 'port 0'],
  ['MAIL_FROM', 'Example', 'no address'],
  ['MAIL_FROM', 'a@example.com, b@example.com', 'no address'],
  ['MAIL_FROM', 'Example <a@example.com> <b@example.com>', 'no address'],
  ['RESET_URL', 'https://app.example.com/reset', '{token} once'],
  ['RESET_URL', 'https://app.example.com/{token}/{token}', '{token} once'],
  ['RESET_URL', 'http://app.example.com/reset?t={token}', 'write https'],
  ['VERIFY_URL', 'https://{token}.example.com/', 'behind the host'],
  ['VERIFY_URL', 'https://app.example.com{token}', 'behind the host'],
  ['VERIFY_URL', 'https://u:canary@app.example.com/{token}', 'name or a password'],
  ['VERIFY_URL', 'javascript:alert("{token}")', 'no URL'],
])('Configuration refuses %s=%s', (name, text, says) => {
  const faults = listFaults({ ...SMTP, [name]: text });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${name}: .*(${says})`));
  expect(faults[0]).not.toContain('canary');
});

test.each([
  ['MAIL_WEBHOOK_URL', 'http://hooks.example.com/', 'write https'],
  ['MAIL_WEBHOOK_URL', 'hooks.example.com', 'not the URL'],
  ['MAIL_WEBHOOK_URL', 'https://u:canary@hooks.example.com', 'name or a password'],
  ['MAIL_WEBHOOK_URL', 'https://hooks.example.com/#x', '"#"'],
  ['MAIL_WEBHOOK_SECRET', 'canary', 'whsec_'],
  ['MAIL_WEBHOOK_SECRET', 'whsec_c2hvcnQ=', '24 to 64 bytes'],
  ['MAIL_WEBHOOK_SECRET', 'whsec_canary-canary-canary-canary-canary', 'whsec_'],
])('Configuration refuses %s=%s', (name, text, says) => {
  const faults = listFaults({ ...WEBHOOK, [name]: text });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${name}: .*${says}`));
  expect(faults[0]).not.toContain('canary');
});

test.each([
  ['http://localhost:3000/reset?t={token}'],
  ['http://127.0.0.1:3000/#{token}'],
  ['http://[::1]/{token}'],
])('Configuration takes the page %s on this machine without TLS', (RESET_URL) => {
  expect(loadWith({ ...SMTP, RESET_URL }).mail?.resetUrl).toBe(RESET_URL);
});

test('Configuration reports everything that mail lacks at once', () => {
  expect(listFaults({ SECRET_KEY: A_SECRET, MAIL: 'smtp' }).map((fault) => fault.split(':')[0])).toEqual([
    'SMTP_URL',
    'MAIL_FROM',
    'RESET_URL',
    'VERIFY_URL',
  ]);
  expect(listFaults({ SECRET_KEY: A_SECRET, MAIL: 'webhook' }).map((fault) => fault.split(':')[0])).toEqual([
    'MAIL_WEBHOOK_URL',
    'MAIL_WEBHOOK_SECRET',
    'RESET_URL',
    'VERIFY_URL',
  ]);
  expect(listFaults({ SECRET_KEY: A_SECRET, MAIL: 'sendmail' })).toEqual([expect.stringMatching(/^MAIL: .*smtp/)]);
});

describe('a set of templates of the operator', () => {
  const broken = (name: string, change: (text: string) => string) => {
    const at = runtimeFacts();
    const directory = join(at.directory, 'mails');
    cpSync(DEFAULT_TEMPLATES, directory, { recursive: true });
    writeFileSync(join(directory, name), change(readFileSync(join(directory, name), 'utf8')));
    return { env: { ...SMTP, MAIL_TEMPLATES: 'mails' }, at, directory };
  };

  test('is read from a path below the working directory, with its language', () => {
    const { env, at, directory } = broken('password-reset.txt', (text) => text.replace(/^.*\n/, 'Subject: Passwort\n'));
    writeFileSync(join(directory, 'language'), 'de-CH\n');
    expect(loadWith(env, at).mail?.templates).toMatchObject({
      language: 'de-CH',
      mails: { 'password-reset': { subject: 'Passwort' } },
    });
  });

  test('may have the line ends and the byte order mark of Windows', () => {
    const { env, at } = broken('password-reset.txt', (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    expect(loadWith(env, at).mail?.templates.mails['password-reset'].subject).toBe('Reset your password');
  });

  test.each([
    ['password-reset.txt', (text: string) => `${text}{{link`, 'line 11: Unclosed tag'],
    ['password-reset.txt', (text: string) => `${text}{{link}\n\n\n`, 'line 11: Unclosed tag'],
    ['password-reset.txt', (text: string) => `${text}{{{link}}\n{{username}}\n`, 'line 11: Unclosed tag'],
    ['password-reset.txt', (text: string) => `${text}\n{{#link}}\n\n\n`, 'line 12: Unclosed section "link"'],
    ['password-reset.txt', (text: string) => `${text}{{/link}}`, 'line 11: Unopened section'],
    ['password-reset.txt', (text: string) => text.replace('{{link}}', ''), 'line 3: nowhere shows {{link}}'],
    ['password-reset.txt', (text: string) => text.replace('Subject:', 'Betreff:'), 'line 1: is not "Subject'],
    ['password-reset.txt', (text: string) => text.replace('Reset', 'Reset {{username}}'), 'line 1: holds {{'],
    [
      'password-reset.txt',
      (text: string) => `${text}{{email}}`,
      'line 11: shows {{email}}, which this mail does not have',
    ],
    ['email-change-notice.txt', (text: string) => `${text}{{#email}}{{link}}{{/email}}`, 'shows {{link}}'],
    ['password-reset.html', (text: string) => text.replace('{{username}}', '{{{username}}}'), 'line 11: .*escaping'],
    ['password-reset.html', (text: string) => text.replace('{{username}}', '{{&username}}'), 'line 11: .*escaping'],
    ['password-reset.html', (text: string) => text.replace('Hello', '{{> footer}}'), 'line 11: has {{>'],
    ['password-reset.html', (text: string) => text.replace('Hello', '{{=<% %>=}}'), 'line 11: has {{='],
    ['password-reset.html', () => ' \n', 'is empty'],
    ['password-reset.html', (text: string) => text + 'x'.repeat(100_000), 'longer than'],
    ['language', () => 'klingon!\n', 'line 1: is no language tag'],
  ])('is refused for what is wrong in %s, with its line (%#)', (name, change, says) => {
    const { env, at } = broken(name, change);
    const faults = listFaults(env, at);
    expect(faults[0]).toMatch(new RegExp(`^MAIL_TEMPLATES: ${name.replace('.', '\\.')}:? ?.*${says}`));
    expect(faults.every((fault) => !fault.includes('\n'))).toBe(true);
  });

  test('is refused when a file is missing, or is no text', () => {
    const { env, at, directory } = broken('password-reset.txt', (text) => text);
    rmSync(join(directory, 'email-change.html'));
    writeFileSync(join(directory, 'language'), Buffer.of(0xff));
    expect(listFaults(env, at)).toEqual([
      expect.stringMatching(/^MAIL_TEMPLATES: language: is no UTF-8 text/),
      expect.stringMatching(/^MAIL_TEMPLATES: email-change\.html: cannot be read \(ENOENT\)/),
    ]);
  });
});
