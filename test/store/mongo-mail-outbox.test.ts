import type { mongo } from 'mongoose';
import { aMail } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { watchedStore } from '../support/mongo/mongo-watched-store';

const HOUR_MS = 3_600_000;

describe('The mail outbox on MongoDB', () => {
  const watched = watchedStore();
  const mails = () => watched().database.collection<{ _id: string; dueAt: Date }>('mail_outbox');
  const claim = () => watched().store.mailOutbox.claim(60_000, testCall());
  beforeEach(() => mails().deleteMany({}));

  test('gives out a mail that waits for a time that the clock of the server, set back by days, is far away from', async () => {
    const [mail, waiting] = [aMail(), aMail()];
    await watched().store.mailOutbox.add([mail, waiting], testCall());
    await mails().updateOne({ _id: mail.id }, { $set: { dueAt: new Date(Date.now() + 72 * HOUR_MS) } });
    await mails().updateOne({ _id: waiting.id }, { $set: { dueAt: new Date(Date.now() + HOUR_MS / 2) } });
    expect(await claim()).toEqual({ mail, attempt: 1 });
    expect(await claim()).toBeUndefined();
  });

  test('looks at no mail that waits for its time, however many there are', async () => {
    const { database, store } = watched();
    const waiting = Array.from({ length: 300 }, () => aMail());
    await store.mailOutbox.add(waiting, testCall());
    await mails().updateMany({}, { $set: { dueAt: new Date(Date.now() + HOUR_MS / 2) } });
    const commands: mongo.Document[] = [];
    const listen = ({ command }: { command: mongo.Document }) => commands.push(command);
    const client = database.getClient();
    client.on('commandStarted', listen as never);
    expect(await claim()).toBeUndefined();
    client.off('commandStarted', listen as never);
    const [command = {}] = commands.filter(({ findAndModify }) => findAndModify !== undefined);
    const { findAndModify, query, sort, update } = command;
    const explain = { findAndModify, query, sort, update };
    const plan = await (database.db as mongo.Db).command({ explain, verbosity: 'executionStats' });
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).not.toMatch(/"stage":"(COLLSCAN|SORT)"/);
    expect(plan.executionStats.totalDocsExamined).toBe(0);
  });
});
