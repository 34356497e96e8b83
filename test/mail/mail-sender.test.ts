import { aMail } from '../support/domain/builders';
import { eventually } from '../support/domain/eventually';
import { useMailSender } from '../support/mail/mail-sender';

const HOUR_MS = 3_600_000;

const { call, clock, outbox, receive, startSender, waiting } = useMailSender();

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
    clock().advance(2_400);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.mails).toHaveLength(1);
    clock().advance(2_700);
    await eventually('it is sent', async () => (await waiting()) === 0);
    expect(receiver.mails[1]?.envelope.to).toEqual(['slow@example.com']);
  });

  test('gives up at once what no mailbox is there for, and what was tried for a day', async () => {
    const refuseRecipient = (address: string) => (address.startsWith('no') ? '550 5.1.1 No such user' : '451 Later');
    const receiver = await receive({ refuseRecipient });
    const { reports } = startSender(receiver.port, { clock: clock() });
    const [nobody, late] = [aMail({ address: 'nobody@example.com' }), aMail({ address: 'late@example.com' })];
    await outbox().add([nobody, late], call());
    await eventually('both were tried', () => reports.length === 2);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['given_up', 'retried']);
    for (let hours = 1; hours <= 23; hours += 1) {
      clock().advance(HOUR_MS);
      await eventually('it was tried again', () => reports.length === 2 + hours);
    }
    expect(new Set(reports.slice(2).map(({ outcome }) => outcome))).toEqual(new Set(['retried']));
    clock().advance(HOUR_MS + 60_000);
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
});
