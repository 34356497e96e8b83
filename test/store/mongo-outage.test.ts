import { inspect } from 'node:util';
import { systemClock } from '../../src/auth/clock';
import { migrateMongoStore, openMongoStore } from '../../src/store/mongo/open-mongo-store';
import { StoreRefusedError } from '../../src/store/store';
import { anEndedSessions, aSession, aUser, LOGIN_LIMITS } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { freshDatabase } from '../support/mongo/mongo';
import { startReplicaSet, startStandalone } from '../support/mongo/mongo-cluster';
import { mongoOptions } from '../support/mongo/mongo-opened-store';
import { ownServer } from '../support/mongo/mongo-own-server';

const PATIENCE_MS = 700;

describe.each([
  ['a replica set', () => startReplicaSet(1)],
  ['a standalone server', startStandalone],
])('A store on %s [G3]', (_, startServer) => {
  const own = ownServer(startServer);

  const call = () => testCall({ deadline: Date.now() + PATIENCE_MS });
  const everything = () => ({
    'users.insert': own().store.users.insert(aUser(), call()),
    'users.findByUsername': own().store.users.findByUsername('ada', call()),
    'users.setActive': own().store.users.setActive(aUser().id, false, call()),
    'sessions.insert': own().store.sessions.insert(aSession(), call()),
    'sessions.find': own().store.sessions.find(aSession().id, call()),
    'sessions.listLive': own().store.sessions.listLive(aSession().userId, { now: new Date() }, call()),
    'sessions.listPublic': own().store.sessions.listPublic(aSession().userId, { now: new Date() }, call()),
    'sessions.listOpenIds': own().store.sessions.listOpenIds(aSession().userId, call()),
    'sessions.surplus': own().store.sessions.surplus('', { exceptId: '', keep: 1, atMost: 100 }, new Date(), call()),
    'loginFailures.reserve': own().store.loginFailures.reserve('ada', 's', LOGIN_LIMITS, Date.now(), call()),
    'loginFailures.succeed': own().store.loginFailures.succeed('ada', 's', Date.now(), call()),
    'revocationFeed.append': own().store.revocationFeed.append([anEndedSessions()], call()),
    ping: own().store.ping(PATIENCE_MS),
  });
  /** What each call came to, and whether it took longer than it had. */
  const outcomes = async () => {
    const begun = Date.now();
    const settle = async ([name, work]: [string, Promise<unknown>]) => {
      const reason = await work.then(
        () => 'done',
        (error) => error.reason ?? error,
      );
      return [name, reason, Date.now() - begun < PATIENCE_MS + 500];
    };
    return Promise.all(Object.entries(everything()).map(settle));
  };
  const allUnavailable = expect.not.arrayContaining([
    expect.not.arrayContaining(['STORE_UNAVAILABLE', true] as unknown[]),
  ]);

  test('that hangs answers STORE_UNAVAILABLE by the deadline, and is back when the server is', async () => {
    await own().server.kill(0, 'SIGSTOP');
    try {
      expect(await outcomes()).toEqual(allUnavailable);
    } finally {
      await own().server.kill(0, 'SIGCONT');
    }
    await own().store.ping(10_000);
    await expect(own().store.users.insert(aUser(), testCall())).resolves.toBeUndefined();
  });

  test('that was paused leaves a rotation alone for which no call waits any more', async () => {
    const session = aSession();
    await own().store.sessions.insert(session, testCall());
    const rotation = {
      from: 0,
      saltHash: session.saltHash,
      refreshKeyId: 'key-1',
      at: Date.now(),
      expiresAt: session.expiresAt,
      ipAddress: '192.0.2.7',
    };
    await own().server.kill(0, 'SIGSTOP');
    try {
      const lost = own().store.sessions.rotate(session.id, rotation, testCall({ deadline: Date.now() + PATIENCE_MS }));
      await expect(lost).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
      // Longer than the clocks may be apart.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    } finally {
      await own().server.kill(0, 'SIGCONT');
    }
    await own().store.ping(10_000);
    expect((await own().store.sessions.find(session.id, testCall()))?.generation).toBe(0);
    expect((await own().store.sessions.rotate(session.id, rotation, testCall()))?.generation).toBe(1);
  });

  test('that is gone answers STORE_UNAVAILABLE by the deadline, and is back when the server is', async () => {
    await own().server.kill(0, 'SIGKILL');
    expect(await outcomes()).toEqual(allUnavailable);
    await own().server.restart(0);
    await own().server.primary();
    await own().store.ping(20_000);
    await expect(own().store.users.insert(aUser(), testCall())).resolves.toBeUndefined();
  });
});

describe('Opening a MongoDB store', () => {
  const SECRET = 'canary-s3cret';

  test('logs the hosts and the database, never the credentials [G5]', async () => {
    const standalone = await startStandalone();
    try {
      const address = standalone.members[0]?.address;
      const database = freshDatabase();
      const store = await openMongoStore(`mongodb://${address}/${database}?appName=x`, mongoOptions(systemClock));
      expect(store.description).toBe(`mongodb://${address}/${database}`);
      await store.close();
      const error = await openMongoStore(`mongodb://ada:${SECRET}@${address}/x`, mongoOptions(systemClock)).catch(
        (e) => e,
      );
      expect(error).toBeInstanceOf(StoreRefusedError);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET);
    } finally {
      await standalone.stop();
    }
  });

  test.each([
    `mongodb://ada:${SECRET}`,
    `mongodb://ada:${SECRET}@`,
    `mongodb://ada:${SECRET}@host:notaport/x`,
    `mongodb://ada:${SECRET}@host/x?nosuchoption=1`,
    `mongodb://ada:${SECRET}%@host/x`,
    `mongodb+srv://ada:${SECRET}@host:1/x`,
    `postgres://ada:${SECRET}@host/x`,
  ])('refuses a malformed URL without repeating it (%#) [G5]', async (url) => {
    for (const open of [openMongoStore(url, mongoOptions(systemClock)), migrateMongoStore(url, 1_000)]) {
      const error = await open.catch((e) => e);
      expect(error).toBeInstanceOf(StoreRefusedError);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(SECRET);
    }
  });
});
