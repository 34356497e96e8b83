import type { mongo } from 'mongoose';
import { anEndedSessions, anId, aSession, aUser, LOGIN_LIMITS } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { startReplicaSet, startStandalone } from '../support/mongo/mongo-cluster';
import { ownServer } from '../support/mongo/mongo-own-server';

const NO_MAJORITY = { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } };
const DUPLICATE_KEY = { errorCode: 11000, errorExtraInfo: { keyPattern: { _id: 1 }, keyValue: { _id: 'taken' } } };

const TEST_COMMANDS = ['--setParameter', 'enableTestCommands=1'];

describe.each([
  ['a replica set', true, () => startReplicaSet(1, 10_000, TEST_COMMANDS)],
  // Nothing is tried again there, and the driver labels its errors otherwise.
  ['a standalone server', false, () => startStandalone(TEST_COMMANDS)],
])('Commands that fail on %s [G3]', (_server, triesAgain, startServer) => {
  const own = ownServer(startServer);

  /** The next `times` commands of a kind that come from the service fail. */
  const fail = (command: string, times: number, data: mongo.Document) =>
    own().server.members[0]?.command({
      configureFailPoint: 'failCommand',
      mode: { times },
      data: { failCommands: [command], appName: 'postern', ...data },
    });
  afterEach(() => own().server.members[0]?.command({ configureFailPoint: 'failCommand', mode: 'off' }));

  const reserve = () => own().store.loginFailures.reserve(anId(), 'source', LOGIN_LIMITS, Date.now(), testCall());
  const writes: readonly [string, string, () => Promise<unknown>][] = [
    ['users.insert', 'insert', () => own().store.users.insert(aUser(), testCall())],
    ['sessions.insert', 'insert', () => own().store.sessions.insert(aSession(), testCall())],
    ['loginFailures.reserve', 'update', reserve],
    [
      'loginFailures.succeed',
      'update',
      () => own().store.loginFailures.succeed(anId(), 'source', Date.now(), testCall()),
    ],
    ['revocationFeed.append', 'update', () => own().store.revocationFeed.append([anEndedSessions()], testCall())],
  ];
  // More often than the driver tries.
  const times = 2;

  describe.each(writes)('%s', (_, command, write) => {
    test.each([
      ['whose connection breaks', { closeConnection: true }],
      ['at a server that is primary no more', { errorCode: 10107 }],
      ['that reaches no majority', NO_MAJORITY],
    ])('%s is STORE_UNAVAILABLE', async (_fault, data) => {
      await fail(command, times, data);
      await expect(write()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    });

    test(`${triesAgain ? 'is tried again' : 'is STORE_UNAVAILABLE'} when its connection broke once`, async () => {
      await fail(command, 1, { closeConnection: true });
      const outcome = await write().catch((error: { reason: unknown }) => error.reason);
      expect(outcome).toBe(triesAgain ? undefined : 'STORE_UNAVAILABLE');
    });
  });

  test.each([
    ['users.findById', () => own().store.users.findById(anId(), testCall())],
    ['sessions.find', () => own().store.sessions.find(anId(), testCall())],
    [
      'sessions.surplus',
      () => own().store.sessions.surplus(anId(), { exceptId: '', keep: 1, atMost: 100 }, new Date(), testCall()),
    ],
  ])('%s whose connection breaks is STORE_UNAVAILABLE', async (_name, read) => {
    await fail('find', times, { closeConnection: true });
    await expect(read()).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  });

  test('no write counts as done when no majority has it, whatever became of the others of its command', async () => {
    const taken = aSession();
    await own().store.sessions.insert(taken, testCall());
    await fail('insert', times, NO_MAJORITY);
    const inserts = [aSession(), taken, aSession()].map((session) => own().store.sessions.insert(session, testCall()));
    const unavailable = { reason: { reason: 'STORE_UNAVAILABLE' } };
    expect(await Promise.allSettled(inserts)).toMatchObject([unavailable, unavailable, unavailable]);
  });

  test('a revocation that the server refuses is not taken for one that it has', async () => {
    await fail('update', 1, DUPLICATE_KEY);
    await expect(own().store.revocationFeed.append([anEndedSessions()], testCall())).rejects.toThrow();
  });

  test('a try that meets another first try of its account is counted nevertheless', async () => {
    const account = anId();
    const again = () => own().store.loginFailures.reserve(account, 'source', LOGIN_LIMITS, Date.now(), testCall());
    await fail('update', 1, DUPLICATE_KEY);
    expect(await Promise.all([again(), again(), again(), again()])).toEqual(
      expect.arrayContaining([undefined, undefined, undefined, expect.any(Number)]),
    );
  });

  test('a success that meets another write of its account is kept nevertheless', async () => {
    const account = anId();
    const at = Date.now();
    for (let i = 0; i < LOGIN_LIMITS.perSource; i += 1) {
      await own().store.loginFailures.reserve(account, 'source', LOGIN_LIMITS, at, testCall());
    }
    await fail('update', 1, DUPLICATE_KEY);
    await own().store.loginFailures.succeed(account, 'source', at, testCall());
    expect(await own().store.loginFailures.reserve(account, 'source', LOGIN_LIMITS, at, testCall())).toBeUndefined();
  });
});
