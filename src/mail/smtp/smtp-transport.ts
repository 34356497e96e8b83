import { createTransport } from 'nodemailer';
import type { MailMessage, MailTransport } from '../mail-transport';
import { toSendError } from './smtp-failure';

export interface SmtpOptions {
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly implicitTls: boolean;
    readonly isLoopback: boolean;
    readonly credentials: { readonly user: string; readonly password: string } | undefined;
  };
  readonly from: { readonly name: string; readonly address: string };
  /** Authorities that a certificate may be from, PEM; those of Node when it is missing. */
  readonly ca?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Without a byte from the server. */
const SOCKET_TIMEOUT_MS = 30_000;
/** Servers close connections that are idle for longer; a message sent into one would fail. */
const IDLE_MS = 20_000;

/**
 * Hands mail to a mail server, over a connection that is kept for the next one. TLS is demanded unless the server is on
 * this machine.
 */
export function createSmtpTransport({ server, from, ca }: SmtpOptions): MailTransport {
  const { host, port, implicitTls, isLoopback, credentials } = server;
  const mailer = createTransport({
    pool: true,
    host,
    port,
    secure: implicitTls,
    requireTLS: !implicitTls && !isLoopback,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: !isLoopback, ...(ca !== undefined && { ca }) },
    ...(credentials !== undefined && { auth: { user: credentials.user, pass: credentials.password } }),
    // One message after the other, and none sent again by the library: that is decided by the outbox.
    maxConnections: 1,
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // A failure of a connection between messages; the next message opens another one.
  mailer.on('error', () => undefined);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);

  return {
    description: `${implicitTls ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async send(message, signal) {
      try {
        await mailer.sendMail({ ...toMail(message, domain), from, signal });
      } catch (error) {
        throw toSendError(error, message.to);
      }
    },
    async check(signal) {
      try {
        await abortable(mailer.verify(), signal);
      } catch (error) {
        throw toSendError(error, '');
      }
    },
    close: () => mailer.close({ force: true }),
  };
}

/** The only part of a header that a user has chosen is the address, and that is given as an object. */
function toMail({ id, to, subject, text, html, language }: MailMessage, domain: string) {
  return {
    messageId: `<${id}@${domain}>`,
    to: { name: '', address: to },
    subject,
    text,
    html,
    headers: {
      'Content-Language': language,
      // Keeps out-of-office notes from answering it (RFC 3834 section 5).
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
  };
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(Object.assign(new Error('Aborted'), { code: 'EABORT' }));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
