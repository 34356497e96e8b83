import { isIP } from 'node:net';
import { emailFault } from '../auth/accounts/account-fields';
import { Fault } from './config-error';
import type { Parse } from './parse';

/** A mail server, as SMTP_URL names it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly implicitTls: boolean;
  /** On this machine: there is no network in between, so TLS is not demanded and its certificate is not looked at. */
  readonly isLoopback: boolean;
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

/** Who a mail is from. */
export interface Mailbox {
  /** What is shown; may be empty. */
  readonly name: string;
  readonly address: string;
}

const SMTP_EXAMPLE = 'write smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465';

export const smtpUrl: Parse<SmtpServer> = (text) => {
  const [, scheme] = /^(smtps?):\/\//.exec(text) ?? [];
  if (scheme === undefined || !URL.canParse(text)) throw new Fault(`is not the URL of a mail server; ${SMTP_EXAMPLE}`);
  const { hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (hostname === '') throw new Fault(`names no host; ${SMTP_EXAMPLE}`);
  if ((pathname !== '' && pathname !== '/') || search !== '' || hash !== '') {
    throw new Fault(
      'goes on after the port, where nothing is read; remove that, or write "/", "?" and "#" as %2F, %3F and %23 in the password',
    );
  }
  if (port === '0') throw new Fault(`names the port 0; ${SMTP_EXAMPLE}`);
  if ((username === '') !== (password === '')) {
    throw new Fault('holds a user without a password, or a password without a user; give both, or neither');
  }
  const host = decode(hostname).replace(/^\[(.*)\]$/, '$1');
  const implicitTls = scheme === 'smtps';
  return {
    host,
    port: port === '' ? (implicitTls ? 465 : 587) : Number(port),
    implicitTls,
    isLoopback: isLoopbackHost(host),
    credentials: username === '' ? undefined : { user: decode(username), password: decode(password) },
  };
};

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Fault('holds a "%" that begins no escape; write "%" as %25');
  }
}

/** `ada@example.com`, or `Ada Lovelace <ada@example.com>`. */
export const mailbox: Parse<Mailbox> = (text) => {
  const [, quoted, plain, inBrackets, alone] =
    /^(?:(?:"([^"\\]*)"|([^"<>,;:@\\]*?))\s*<([^<>\s]+)>|([^<>\s]+))$/.exec(text) ?? [];
  const address = inBrackets ?? alone ?? '';
  const name = quoted ?? plain ?? '';
  if (emailFault(address) === undefined && !/\p{Cc}/u.test(name)) return { name, address };
  throw new Fault(
    'is no address that mail can come from; write no-reply@example.com or Example <no-reply@example.com>',
  );
};

const TOKEN = '{token}';

/** A page of the operator's, with `{token}` where the token stands. */
export const linkTemplate: Parse<string> = (text) => {
  if (text.split(TOKEN).length !== 2) {
    throw new Fault('does not hold {token} once; write it like https://app.example.com/reset#token={token}');
  }
  const [before = ''] = text.split(TOKEN);
  const canParse = /^https?:\/\//.test(text) && URL.canParse(text.replace(TOKEN, 'x')) && URL.canParse(before);
  if (!canParse || new URL(before).host !== new URL(text.replace(TOKEN, 'x')).host) {
    throw new Fault(
      'is no URL with {token} behind the host; write it like https://app.example.com/reset#token={token}',
    );
  }
  refuseCredentials(new URL(before));
  return demandTls(text, new URL(before));
};

/** Where messages are posted to. */
export const webhookUrl: Parse<string> = (text) => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Fault('is not the URL of a webhook; write it like https://hooks.example.com/postern');
  }
  const url = new URL(text);
  refuseCredentials(url);
  if (url.hash !== '') throw new Fault('has a "#", after which nothing is sent; remove it');
  return demandTls(text, url);
};

/** The key of a webhook, as Standard Webhooks writes it: `whsec_` and base64 of 24 to 64 bytes. Gives the base64. */
export const webhookSecret: Parse<string> = (text) => {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const isExact = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  if (isExact && bytes.length >= 24 && bytes.length <= 64) return base64;
  throw new Fault(
    'is not whsec_ and the base64 of 24 to 64 bytes; make one with: echo "whsec_$(openssl rand -base64 32)"',
  );
};

function refuseCredentials({ username, password }: URL): void {
  if (username !== '' || password !== '') throw new Fault('holds a name or a password; remove it');
}

function demandTls(text: string, { protocol, hostname }: URL): string {
  if (protocol === 'https:' || isLoopbackHost(hostname.replace(/^\[(.*)\]$/, '$1'))) return text;
  throw new Fault('begins with http:// and names another machine; write https://, so that no one on the way reads it');
}

/** This machine itself, by address or by the name that never means another one (RFC 6761 section 6.3). */
function isLoopbackHost(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost' || host.endsWith('.localhost');
}
