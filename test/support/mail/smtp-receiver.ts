import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { type ReceivedMail, readMail } from './received-mail';

export interface SmtpReceiver {
  readonly port: number;
  /** In the order in which their receipt was acknowledged. */
  readonly mails: ReceivedMail[];
  /** Whether TLS was on, for each login that was tried. */
  readonly logins: { readonly user: string; readonly secure: boolean }[];
  /** Connections so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export interface ReceiverOptions extends SMTPServerOptions {
  readonly listenOn?: number;
  /** Answers the recipient with this, unless it is empty. */
  readonly refuseRecipient?: (address: string) => string;
  /** Answers a message that was received whole with this, unless it is empty. */
  readonly refuseMessage?: (mail: ReceivedMail) => string;
  /** Before the receipt is acknowledged. */
  readonly delayMs?: number;
  readonly accounts?: Readonly<Record<string, string>>;
}

/** An SMTP server (npm smtp-server) that keeps what it receives. Without accounts it asks for no login. */
export async function receiveSmtp(options: ReceiverOptions = {}): Promise<SmtpReceiver> {
  const { listenOn = 0, refuseRecipient, refuseMessage, delayMs = 0, accounts, ...more } = options;
  const mails: ReceivedMail[] = [];
  const logins: { user: string; secure: boolean }[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: accounts === undefined,
    disabledCommands: [...(more.key === undefined ? ['STARTTLS'] : []), ...(accounts === undefined ? ['AUTH'] : [])],
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect(_, done) {
      connections += 1;
      done();
    },
    onAuth({ username = '', password }, session, done) {
      logins.push({ user: username, secure: session.secure });
      if (accounts?.[username] === password) done(null, { user: username });
      else done(replyWith('535 5.7.8 Authentication failed'));
    },
    onRcptTo({ address }, _, done) {
      const refusal = refuseRecipient?.(address) ?? '';
      done(refusal === '' ? null : replyWith(refusal));
    },
    onData(stream, session, done) {
      text(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = readMail(raw, {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
        });
        const refusal = refuseMessage?.(mail) ?? '';
        setTimeout(() => {
          if (refusal === '') mails.push(mail);
          done(refusal === '' ? null : replyWith(refusal));
        }, delayMs);
      }, done);
    },
    ...more,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(listenOn, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    logins,
    connections: () => connections,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** An error that smtp-server answers with, code and text. */
function replyWith(reply: string): Error {
  const [, code = '', words = ''] = /^(\d{3}) (.*)$/s.exec(reply) ?? [];
  return Object.assign(new Error(words), { responseCode: Number(code) });
}

/** A server that speaks as `talk` says, for what a well-behaved one never does. */
export async function talkOnPort(talk: (socket: Socket) => void): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
