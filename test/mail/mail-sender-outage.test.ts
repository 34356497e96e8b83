import { aMail } from '../support/domain/builders';
import { eventually } from '../support/domain/eventually';
import { useMailSender } from '../support/mail/mail-sender';
import { talkOnPort } from '../support/mail/smtp-receiver';

const HOUR_MS = 3_600_000;

const { call, clock, outbox, receive, startSender, waiting } = useMailSender();

describe('the mail sender in an outage', () => {
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
    clock().advance(10 * 60_000);
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
