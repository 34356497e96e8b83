import type { mongo } from 'mongoose';
import type { Store } from '../../src/store/store';
import { anAuditEvent, anId, aSession, aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { watchedStore } from '../support/mongo/mongo-watched-store';

const ENDED = 3_000;
const LIVE = 5;
const watched = watchedStore();

/** What the server examined for each command of `work`, by `explain` of the commands that were sent. */
async function examined(work: (store: Store) => Promise<unknown>): Promise<string[]> {
  const { database, store } = watched();
  const client = database.getClient();
  const commands: mongo.Document[] = [];
  const listen = ({ command }: { command: mongo.Document }) => commands.push(command);
  client.on('commandStarted', listen as never);
  await work(store);
  client.off('commandStarted', listen as never);
  const reported: string[] = [];
  for (const { lsid: _lsid, $db: _db, $clusterTime: _time, ...command } of commands) {
    const [name = ''] = Object.keys(command);
    if (!['find', 'update'].includes(name)) continue;
    const { txnNumber: _number, writeConcern: _concern, readConcern: _read, maxTimeMS: _limit, ...bare } = command;
    const plan = await (database.db as mongo.Db).command({ explain: bare, verbosity: 'executionStats' });
    const { totalKeysExamined, totalDocsExamined } = plan.executionStats;
    const text = JSON.stringify(plan.queryPlanner.winningPlan);
    const stages = [...text.matchAll(/"stage":"(COLLSCAN|SORT)"/g)].map(([, stage]) => stage);
    reported.push([name, ...stages, Math.max(totalKeysExamined, totalDocsExamined)].join(' '));
  }
  return reported;
}

let userId: string;
beforeAll(async () => {
  const { store } = watched();
  userId = anId();
  const ended = { userId, endedAt: new Date(), endReason: 'logout' } as const;
  for (let n = 0; n < ENDED; n += 500) {
    await Promise.all(Array.from({ length: 500 }, () => store.sessions.insert(aSession(ended), testCall())));
    await store.auditLog.append(Array.from({ length: 500 }, () => anAuditEvent({ userId, type: 'login.failed' })));
  }
  for (let n = 0; n < LIVE; n += 1) await store.sessions.insert(aSession({ userId }), testCall());
  await store.auditLog.append([anAuditEvent({ userId, type: 'password.changed' })]);
}, 60_000);

test('What a user has ended long ago is looked at by no call', async () => {
  const now = new Date();
  const few = LIVE + 1;
  const plans = await examined(async ({ sessions }) => {
    await sessions.listLive(userId, { now }, testCall());
    await sessions.listPublic(userId, { now }, testCall());
    await sessions.listOpenIds(userId, testCall());
    await sessions.surplus(userId, { exceptId: '', keep: 1, atMost: 10 }, now, testCall());
    await sessions.surplus(userId, { exceptId: '', keep: 100, atMost: 10 }, now, testCall());
  });
  expect(plans).toEqual(Array(5).fill(expect.stringMatching(/^find \d$/)));
  for (const plan of plans) expect(Number(plan.split(' ').at(-1))).toBeLessThanOrEqual(few);
  const open = await watched().store.sessions.listOpenIds(userId, testCall());
  const update = await examined(async ({ sessions }) => {
    await sessions.endMany(open, { at: new Date(), reason: 'revoked' }, testCall());
  });
  expect(update).toEqual([`update ${LIVE}`]);
});

test('Many sessions of a user come some at a time, so that other calls are answered in between', async () => {
  const { store, commands } = watched();
  const many = anId();
  await Promise.all(Array.from({ length: 150 }, () => store.sessions.insert(aSession({ userId: many }), testCall())));
  commands.splice(0);
  const listed = await store.sessions.listPublic(many, { now: new Date(), atMost: 1_000 }, testCall());
  expect(listed).toHaveLength(150);
  expect(commands.map(({ commandName }) => commandName)).toEqual(['find', 'getMore']);
  // No more than what is listed is read.
  const listedFields = Object.keys(listed[0] ?? {}).map((field) => (field === 'id' ? '_id' : field));
  expect(Object.keys(commands[0]?.command.projection).sort()).toEqual(listedFields.sort());
});

test('A part of a list of users comes in one answer, and so do the names and the users of a search', async () => {
  const { store, commands } = watched();
  const users = Array.from({ length: 150 }, (_, n) => aUser({ username: `part-${n}`, email: `part-${n}@example.com` }));
  await Promise.all(users.map((user) => store.users.insert(user, testCall())));
  commands.splice(0);
  await store.users.listPublic({ after: undefined, limit: 200 }, testCall());
  expect(commands.splice(0).map(({ commandName }) => commandName)).toEqual(['find']);
  const { found } = await store.users.search({ prefix: 'part-', after: undefined, limit: 200 }, testCall());
  expect(found).toHaveLength(150);
  expect(commands.map(({ commandName }) => commandName)).toEqual(['find', 'find']);
});

test('A part of a list of audit events comes in one answer', async () => {
  const { store, commands } = watched();
  commands.splice(0);
  const query = { userId, type: undefined, before: undefined, limit: 200 };
  expect(await store.auditLog.list(query, testCall())).toHaveLength(200);
  expect(commands.map(({ commandName }) => commandName)).toEqual(['find']);
});

test('Audit events of one user and type are found without a look at the others', async () => {
  const query = { before: undefined, limit: 50 };
  const plans = await examined(async ({ auditLog }) => {
    await auditLog.list({ ...query, userId, type: 'password.changed' }, testCall());
    await auditLog.list({ ...query, userId, type: 'login.failed' }, testCall());
    await auditLog.list({ ...query, userId, type: undefined }, testCall());
    await auditLog.list({ ...query, userId: undefined, type: 'password.changed' }, testCall());
    await auditLog.list({ ...query, userId: undefined, type: undefined }, testCall());
  });
  expect(plans).toEqual(['find 1', 'find 50', 'find 50', 'find 1', 'find 50']);
});
