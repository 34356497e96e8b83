import { systemClock } from '../../src/auth/clock';
import type { ComposedMail } from '../../src/auth/mail/composed-mail';
import type { OutgoingMail } from '../../src/auth/mail/outgoing-mail';
import { DEFAULT_TEMPLATES, readMailTemplates } from '../../src/config/mail-templates';
import { MailAttempt, type MailAttemptOptions, type MailReport } from '../../src/mail/mail-attempt';
import { MailSender, type MailSenderOptions } from '../../src/mail/mail-sender';
import { createSmtpTransport } from '../../src/mail/smtp/smtp-transport';
import type { OpenedStore } from '../contract/store/opened-store';
import { aMail } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { openFreshEmbedded } from '../support/embedded/embedded';
import { type ReceiverOptions, receiveSmtp, type SmtpReceiver, talkOnPort } from '../support/mail/smtp-receiver';

const HOUR_MS = 3_600_000;
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
  const own = { outbox: outbox(), ownCall: call, ...options };
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

describe('the mail sender', () => {
  test('sends what is added, each mail once, and its row goes', async () => {
    const receiver = await receive();
    const { outcomes } = startSender(receiver.port);
    const mails = Array.from({ length: 5 }, (_, i) => aMail({ address: `user${i}@example.com` }));
    await outbox().add(mails, call());
    await eventually('all are reported', () => outcomes().length === 5);
    expect(await waiting()).toBe(0);
    expect(receiver.mails.map(({ envelope }) => envelope.to)).toEqual(mails.map(({ address }) => [address]));
    expect(receiver.mails.map(({ messageId }) => messageId)).toEqual(mails.map(({ id }) => `<${id}@example.com>`));
    expect(outcomes()).toEqual(Array(5).fill('sent'));
  });

  test('escapes values in HTML and leaves them as they are in plain text', async () => {
    const receiver = await receive();
    startSender(receiver.port);
    await outbox().add([aMail()], call());
    await eventually('a mail arrives', () => receiver.mails.length === 1);
    const [mail] = receiver.mails;
    expect(mail?.html).toContain('ada&lt;b&gt;');
    expect(mail?.html).not.toContain('<b>');
    expect(mail?.text).toContain('Hello ada<b>,');
    expect(mail?.text).toContain('\nhttps://app.example.com/#pstv_x&y\n');
  });

  test('has texts for every kind of mail', async () => {
    const receiver = await receive();
    startSender(receiver.port);
    const kinds = [
      'password-reset',
      'email-verification',
      'email-change',
      'email-change-notice',
      'password-changed-notice',
    ] as const;
    await outbox().add(
      kinds.map((kind) => aMail({ kind })),
      call(),
    );
    await eventually('all arrive', () => receiver.mails.length === 5);
    expect(receiver.mails.map(({ headers }) => headers.subject?.[0])).toEqual([
      'Reset your password',
      'Confirm your email address',
      'Confirm your new email address',
      'Your email address is about to change',
      'Your password was changed',
    ]);
    for (const { text, html } of receiver.mails) expect(text + html).not.toMatch(/\{\{|undefined/);
  });

  test('drops a mail that has nothing to say any more', async () => {
    const receiver = await receive();
    const { outcomes } = startSender(receiver.port, { compose: async () => undefined });
    await outbox().add([aMail()], call());
    await eventually('it is reported', () => outcomes().length === 1);
    expect([receiver.mails, outcomes(), await waiting()]).toEqual([[], ['dropped'], 0]);
  });

  test('holds a refused mail back and goes on with the next one', async () => {
    let isGreylisting = true;
    const refuseRecipient = (address: string) => (isGreylisting && address.startsWith('slow') ? '450 4.2.0 Later' : '');
    const receiver = await receive({ refuseRecipient });
    const { outcomes, reports } = startSender(receiver.port);
    await outbox().add([aMail({ address: 'slow@example.com' }), aMail({ address: 'ada@example.com' })], call());
    await eventually('both were tried', () => outcomes().length === 2);
    expect(outcomes()).toEqual(['retried', 'sent']);
    expect(reports[0]?.problem).toMatch(/450 4\.2\.0 Later/);
    expect(await waiting()).toBe(1);
    isGreylisting = false;
    opened.clock.advance(2_400);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.mails).toHaveLength(1);
    opened.clock.advance(2_700);
    await eventually('it is sent', async () => (await waiting()) === 0);
    expect(receiver.mails[1]?.envelope.to).toEqual(['slow@example.com']);
  });

  test('gives up at once what no mailbox is there for, and what was tried for a day', async () => {
    const refuseRecipient = (address: string) => (address.startsWith('no') ? '550 5.1.1 No such user' : '451 Later');
    const receiver = await receive({ refuseRecipient });
    const { reports } = startSender(receiver.port, { clock: opened.clock });
    const [nobody, late] = [aMail({ address: 'nobody@example.com' }), aMail({ address: 'late@example.com' })];
    await outbox().add([nobody, late], call());
    await eventually('both were tried', () => reports.length === 2);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['given_up', 'retried']);
    for (let hours = 1; hours <= 23; hours += 1) {
      opened.clock.advance(HOUR_MS);
      await eventually('it was tried again', () => reports.length === 2 + hours);
    }
    expect(new Set(reports.slice(2).map(({ outcome }) => outcome))).toEqual(new Set(['retried']));
    opened.clock.advance(HOUR_MS + 60_000);
    await eventually('it is given up', () => reports.length === 26);
    expect(await waiting()).toBe(0);
    expect(reports.at(-1)).toMatchObject({ outcome: 'given_up', attempt: 25, mail: { id: late.id } });
  });

  test('tries a mail once that is older than a day, because no service ran', async () => {
    const receiver = await receive();
    await outbox().add([aMail({ requestedAt: new Date(Date.now() - 3 * 24 * HOUR_MS) })], call());
    startSender(receiver.port);
    await eventually('it is sent', () => receiver.mails.length === 1);
  });

  test('tries a server that is down with one mail at a time and growing pauses, and sends all when it is back', async () => {
    const gone = await talkOnPort(() => undefined);
    await gone.close();
    const { reports, changes } = startSender(gone.port);
    await outbox().add(
      Array.from({ length: 200 }, () => aMail()),
      call(),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    // 0.5 to 1 s, then 1 to 2 s.
    expect(reports.length).toBeGreaterThanOrEqual(2);
    expect(reports.length).toBeLessThanOrEqual(4);
    const receiver = await receive({ listenOn: gone.port });
    await eventually('most are sent', () => receiver.mails.length >= 195, 15_000);
    opened.clock.advance(10 * 60_000);
    await eventually('all are sent', async () => (await waiting()) === 0, 15_000);
    expect(new Set(receiver.mails.map(({ messageId }) => messageId)).size).toBe(200);
    expect(receiver.mails).toHaveLength(200);
    expect(changes).toEqual([false, true]);
  }, 60_000);

  test('gives up mails of more than a day without a try while the server is down', async () => {
    const gone = await talkOnPort(() => undefined);
    await gone.close();
    const old = new Date(Date.now() - 25 * HOUR_MS);
    await outbox().add(
      Array.from({ length: 50 }, () => aMail({ requestedAt: old })),
      call(),
    );
    const { outcomes } = startSender(gone.port);
    await eventually(
      'all but the one that was tried are given up',
      () => outcomes().filter((outcome) => outcome === 'given_up').length === 49,
      10_000,
    );
    expect(await waiting()).toBe(1);
  });

  test('lets a mail go that is under way when the process stops, for another replica to take at once', async () => {
    const silent = await talkOnPort(() => undefined);
    open.push(silent);
    const { sender, outcomes } = startSender(silent.port);
    await outbox().add([aMail()], call());
    await eventually(
      'it is under way',
      async () => (await outbox().claim(0, call())) === undefined && (await waiting()) === 1,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    await sender.stop(200);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(outcomes()).toEqual(['released']);
    expect((await outbox().claim(1_000, call()))?.attempt).toBeGreaterThan(1);
  });

  test('finishes a mail that is under way when the process stops, where the server answers in time', async () => {
    const receiver = await receive({ delayMs: 400 });
    const { sender, outcomes } = startSender(receiver.port);
    await outbox().add([aMail(), aMail()], call());
    await eventually('a connection is made', () => receiver.connections() === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await sender.stop(5_000);
    expect(outcomes()).toEqual(['sent']);
    expect([receiver.mails.length, await waiting()]).toEqual([1, 1]);
  });

  test('strikes a sent mail out as soon as the outbox answers again, and sends it once', async () => {
    const receiver = await receive();
    let failures = 3;
    const flaky = new Proxy(outbox(), {
      get(target, name) {
        if (name !== 'finish') return Reflect.get(target, name, target).bind(target);
        return async (...args: Parameters<typeof target.finish>) => {
          failures -= 1;
          if (failures >= 0) throw new Error('The primary changes');
          return target.finish(...args);
        };
      },
    });
    startSender(receiver.port, { outbox: flaky });
    await outbox().add([aMail(), aMail()], call());
    await eventually('both are sent', async () => (await waiting()) === 0, 10_000);
    expect(receiver.mails).toHaveLength(2);
  });

  test('two of them send each of 200 mails once', async () => {
    const receiver = await receive();
    const another = await opened.another();
    const first = startSender(receiver.port);
    const second = startSender(receiver.port, { outbox: another.mailOutbox });
    await outbox().add(
      Array.from({ length: 200 }, () => aMail()),
      call(),
    );
    await eventually('all are sent', async () => (await waiting()) === 0, 20_000);
    expect(new Set(receiver.mails.map(({ messageId }) => messageId)).size).toBe(200);
    expect(receiver.mails).toHaveLength(200);
    expect(first.outcomes().length).toBeGreaterThan(20);
    expect(second.outcomes().length).toBeGreaterThan(20);
  }, 30_000);

  test('says once that the outbox cannot be read, and goes on when it can', async () => {
    const receiver = await receive();
    let isOut = true;
    const flaky = new Proxy(outbox(), {
      get(target, name) {
        if (name === 'claim' && isOut) return () => Promise.reject(new Error('Out of reach'));
        return Reflect.get(target, name, target).bind(target);
      },
    });
    const { problems } = startSender(receiver.port, { outbox: flaky });
    await outbox().add([aMail()], call());
    await new Promise((resolve) => setTimeout(resolve, 1_800));
    isOut = false;
    await eventually('it is sent', async () => (await waiting()) === 0, 10_000);
    expect(problems).toEqual(['The mail outbox cannot be read; mail waits']);
  });
});
