import { systemClock } from '../../src/auth/clock';
import { startFailureCode, startFailureText } from '../../src/composition/start-failure';
import { inspectMongoStore } from '../../src/store/mongo/inspect-mongo-store';
import { openMongoStore } from '../../src/store/mongo/open-mongo-store';
import type { Store } from '../../src/store/store';
import { anAuditEvent, anEndedSessions, aSession, aUser, LOGIN_LIMITS } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { freshDatabase } from '../support/mongo/mongo';
import { type AuthenticatedServer, startAuthenticated } from '../support/mongo/mongo-authenticated';
import { mongoOptions } from '../support/mongo/mongo-opened-store';

const PASSWORD = 'p@ss/w%rd:canary';
const ESCAPED = encodeURIComponent(PASSWORD);

describe('MongoDB that asks who signs in', () => {
  let server: AuthenticatedServer;
  beforeAll(async () => {
    server = await startAuthenticated();
  });
  afterAll(() => server.stop());

  const url = (credentials: string, database: string, query = '') =>
    `mongodb://${credentials}${credentials && '@'}${server.address}/${database}?replicaSet=rs0${query}`;
  const open = (at: string) => openMongoStore(at, mongoOptions(systemClock));
  const failure = async (at: string): Promise<{ code: number; text: string }> => {
    const error: unknown = await open(at).then(
      (store) => store.close(),
      (cause: unknown) => cause,
    );
    const text = startFailureText(error);
    expect(text).not.toContain('canary');
    return { code: startFailureCode(error), text };
  };
  const withLeastRights = async () => {
    const database = freshDatabase();
    const printed = await server.createUser({ DATABASE: database, USERNAME: 'ada', PASSWORD });
    expect(printed).toEqual([`The user ada may use the database ${database}`]);
    return { database, url: url(`ada:${ESCAPED}`, database, `&authSource=${database}`) };
  };

  test('a user of docs/mongodb/create-user.js can do all that a service does', async () => {
    const made = await withLeastRights();
    expect(await inspectMongoStore(made.url)).toMatchObject({ missingRights: [], writeFault: undefined });
    for (const auditRetentionMs of [90 * 86_400_000, 30 * 86_400_000]) {
      const problems: unknown[] = [];
      const options = mongoOptions(systemClock, {
        auditRetentionMs,
        onProblem: (...problem) => problems.push(problem),
      });
      const store: Store = await openMongoStore(made.url, options);
      const [user, session] = [aUser({ roles: ['admin'] }), aSession()];
      await store.users.insert(user, testCall());
      await store.sessions.insert(session, testCall());
      await store.sessions.endMany([session.id], { at: new Date(), reason: 'logout' }, testCall());
      await store.loginFailures.reserve('a', 's', LOGIN_LIMITS, Date.now(), testCall());
      await store.auditLog.append([anAuditEvent()]);
      const records: unknown[] = [];
      const follower = await store.revocationFeed.follow({
        onRecord: (record) => records.push(record),
        onFresh: () => {},
        onBroken: () => {},
      });
      const record = anEndedSessions();
      await store.revocationFeed.append([record], testCall());
      await eventually('the feed brings it', () => records.some((each) => (each as { id: string }).id === record.id));
      await store.ping(2_000);
      await store.users.insert(aUser({ roles: ['admin'] }), testCall());
      await store.users.delete(user.id, testCall());
      await follower.close();
      await store.close();
      expect(problems).toEqual([]);
    }
  });

  test('docs/mongodb/create-user.js, given again, brings a right that was missing and the new password', async () => {
    const { database } = await withLeastRights();
    await server.root.db(database).command({ updateRole: 'posternService', privileges: [] });
    await server.createUser({ DATABASE: database, USERNAME: 'ada', PASSWORD: 'another one' });
    const again = url('ada:another%20one', database, `&authSource=${database}`);
    expect(await inspectMongoStore(again)).toMatchObject({ missingRights: [], writeFault: undefined });
  });

  test('[G5] a wrong password, an unknown user and a wrong authSource are named, and end with 78', async () => {
    const { database } = await withLeastRights();
    const expected = {
      code: 78,
      text: expect.stringMatching(
        /^DATABASE_URL: MongoDB refused the user or the password \(Authentication failed\.\)\. Check both, .*authSource/,
      ),
    };
    expect(await failure(url('ada:wrong', database, `&authSource=${database}`))).toEqual(expected);
    expect(await failure(url('nobody:wrong', database))).toEqual(expected);
    expect(await failure(url(`ada:${ESCAPED}`, database, '&authSource=admin'))).toEqual(expected);
  });

  test('the error of a URL without a user where one is needed says so', async () => {
    expect(await failure(url('', freshDatabase()))).toEqual({
      code: 78,
      text: expect.stringMatching(/^DATABASE_URL: MongoDB wants a user and a password: .*create-user\.js/),
    });
  });

  test('the error of a user without rights on the database names the right that was refused', async () => {
    const { database } = await withLeastRights();
    const { code, text } = await failure(url(`ada:${ESCAPED}`, freshDatabase(), `&authSource=${database}`));
    expect(code).toBe(78);
    expect(text).toMatch(
      /^DATABASE_URL: the rights of the user are not enough \(not authorized on postern-test-\w+ to execute command listIndexes\); docs\/mongodb\/create-user\.js/,
    );
  });

  test('a user who may not open change streams is refused when the feed is followed, within seconds', async () => {
    const database = freshDatabase();
    const actions = ['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex', 'listIndexes'];
    const privileges = [{ resource: { db: database, collection: '' }, actions }];
    await server.root.db(database).command({ createRole: 'noStreams', privileges, roles: [] });
    await server.root.db(database).command({ createUser: 'bob', pwd: PASSWORD, roles: ['noStreams'] });
    const problems: string[] = [];
    const options = mongoOptions(systemClock, { onProblem: (problem, cause) => problems.push(`${problem}: ${cause}`) });
    const at = url(`bob:${ESCAPED}`, database, `&authSource=${database}`);
    expect((await inspectMongoStore(at)).missingRights).toEqual(['collMod', 'changeStream']);
    const store = await openMongoStore(at, options);
    const begun = Date.now();
    const listener = { onRecord: () => {}, onFresh: () => {}, onBroken: () => {} };
    const error: unknown = await store.revocationFeed.follow(listener).catch((cause: unknown) => cause);
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect([startFailureCode(error), startFailureText(error)]).toEqual([
      78,
      expect.stringMatching(
        /the rights of the user are not enough \(not authorized on postern-test-\w+ to execute command aggregate\)/,
      ),
    ]);
    await store.close();
  });

  test('a right that is taken away while the feed is followed is logged with the reason of the server', async () => {
    const made = await withLeastRights();
    const problems: string[] = [];
    const options = mongoOptions(systemClock, { onProblem: (problem, cause) => problems.push(`${problem}: ${cause}`) });
    const store = await openMongoStore(made.url, options);
    const follower = await store.revocationFeed.follow({ onRecord: () => {}, onFresh: () => {}, onBroken: () => {} });
    await server.root.db(made.database).command({ updateUser: 'ada', roles: [] });
    await eventually('the reason is reported', () => problems.some((each) => /not authorized/.test(each)), 10_000);
    expect(problems[0]).toMatch(/^The revocation feed is broken and is followed anew: .*not authorized/);
    await follower.close();
    await store.close();
  });
});
