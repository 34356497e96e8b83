import { systemClock } from '../../../src/auth/clock';
import type { ComposedMail } from '../../../src/auth/outgoing-mail/composed-mail';
import type { OutgoingMail } from '../../../src/auth/outgoing-mail/outgoing-mail';
import { DEFAULT_TEMPLATES, readMailTemplates } from '../../../src/config/mail-templates';
import { MailAttempt, type MailAttemptOptions, type MailReport } from '../../../src/mail/mail-attempt';
import { MailSender, type MailSenderOptions } from '../../../src/mail/mail-sender';
import { createSmtpTransport } from '../../../src/mail/smtp/smtp-transport';
import type { OpenedStore } from '../../contract/store/opened-store';
import { testCall } from '../domain/call';
import { openFreshEmbedded } from '../embedded/embedded';
import { type ReceiverOptions, receiveSmtp, type SmtpReceiver } from './smtp-receiver';

const templates = readMailTemplates(DEFAULT_TEMPLATES, []);
if (templates === undefined) throw new Error('The templates of the package are broken');

const compose = async ({ kind, address }: OutgoingMail): Promise<ComposedMail> => ({
  to: address,
  kind,
  values: {
    username: 'ada<b>',
    link: 'https://app.example.com/#pstv_x&y',
    expiresInMinutes: 30,
    email: 'new@example.com',
  },
});

/** Gives each test of the file an outbox of its own, senders for it and servers to send to; closes them after it. */
export function useMailSender() {
  let opened: OpenedStore;
  const open: { close(): unknown }[] = [];
  beforeEach(async () => {
    opened = await openFreshEmbedded();
  });
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
    await opened.destroy();
  });

  const call = () => testCall({ deadline: opened.clock.monotonic() + 60_000 });
  const outbox = () => opened.store.mailOutbox;
  const waiting = async () => (await outbox().backlog(call())).waiting;

  async function receive(options: ReceiverOptions = {}): Promise<SmtpReceiver> {
    const receiver = await receiveSmtp(options);
    open.push(receiver);
    return receiver;
  }

  /** A sender to a port, with what it reported. */
  function startSender(port: number, options: Partial<MailAttemptOptions & MailSenderOptions> = {}) {
    const reports: MailReport[] = [];
    const changes: boolean[] = [];
    const server = { host: '127.0.0.1', port, implicitTls: false, isLoopback: true, credentials: undefined };
    const transport = createSmtpTransport({ server, from: { name: '', address: 'no-reply@example.com' } });
    const own = { outbox: outbox(), internalCall: call, ...options };
    const attempt = new MailAttempt({
      ...own,
      compose,
      transport,
      templates: templates as NonNullable<typeof templates>,
      clock: systemClock,
      onReport: (report) => reports.push(report),
      ...options,
    });
    const problems: string[] = [];
    const sender = new MailSender({
      ...own,
      attempt,
      pollMs: 20,
      onServiceChange: ({ takesMail }) => changes.push(takesMail),
      onProblem: (problem) => problems.push(problem),
      ...options,
    });
    open.push(transport, { close: () => sender.stop(0) });
    sender.start();
    const outcomes = () => reports.map(({ outcome }) => outcome);
    return { sender, reports, outcomes, changes, problems };
  }

  return {
    /** What is closed after the test, the last first. */
    open,
    call,
    outbox,
    waiting,
    receive,
    startSender,
    clock: () => opened.clock,
    /** The same store once more, as another replica has it. */
    openAnother: () => opened.another(),
  };
}
