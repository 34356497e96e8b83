import { aMail } from '../support/domain/builders';
import { eventually } from '../support/domain/eventually';
import { useMailSender } from '../support/mail/mail-sender';
import { talkOnPort } from '../support/mail/smtp-receiver';

const { call, open, openAnother, outbox, receive, startSender, waiting } = useMailSender();

describe('the mail sender of several replicas', () => {
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

  test('two of them send each of 200 mails once', async () => {
    const receiver = await receive();
    const another = await openAnother();
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
});
