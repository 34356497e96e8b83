import { aChangedUser, anAuditEvent, aSession, aSigningKey, aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { watchedStore } from '../support/mongo/mongo-watched-store';

const WRITES = ['insert', 'update', 'findAndModify', 'delete'];
const READS = ['find', 'aggregate'];

describe('A MongoDB store', () => {
  const watched = watchedStore();

  const listIndexes = async (collection: string) => {
    const indexes = await watched().database.collection(collection).indexes();
    return indexes.map(({ key, unique, expireAfterSeconds }) => ({ key, unique, expireAfterSeconds }));
  };

  test('counts as open only with its indexes', async () => {
    expect(await listIndexes('users')).toEqual(
      expect.arrayContaining([
        { key: { emailKey: 1 }, unique: true },
        { key: { usernameKey: 1 }, unique: true },
      ]),
    );
    expect(await listIndexes('signing_keys')).toContainEqual({ key: { sequence: 1 }, unique: true });
    expect(await listIndexes('sessions')).toContainEqual({ key: { expiresAt: 1 }, expireAfterSeconds: 0 });
    expect(await listIndexes('audit_events')).toContainEqual({
      key: { occurredAt: 1 },
      expireAfterSeconds: 90 * 86_400,
    });
    for (const collection of ['login_failures', 'revocations']) {
      expect(await listIndexes(collection)).toContainEqual({ key: { expireAt: 1 }, expireAfterSeconds: 0 });
    }
  });

  test('keeps failed logins for their time by the clock of the server, whatever that of the replica says [B3]', async () => {
    const { store, database } = watched();
    const expireAt = async () => {
      const [row] = await database.collection<{ expireAt: Date }>('login_failures').find().toArray();
      return row?.expireAt.getTime() ?? 0;
    };
    await database.collection('login_failures').deleteMany({});
    const now = Date.now();
    const behind = now - 400 * 86_400_000;
    await store.loginFailures.reserve(
      'a',
      's',
      { perSource: 3, perAccount: 3, windowSeconds: 900 },
      behind,
      testCall(),
    );
    expect(await expireAt()).toBeGreaterThanOrEqual(now + 900_000);
    await store.loginFailures.succeed('a', 's', behind, testCall());
    expect(await expireAt()).toBeGreaterThanOrEqual(now + 30 * 86_400_000);
  });

  test.each([
    'emailKey',
    'usernameKey',
  ])('refuses a second %s by a unique index, whichever client writes it [A10]', async (key) => {
    const user = aUser();
    await watched().store.users.insert(user, testCall());
    const stored = await watched().database.collection<{ _id: string }>('users').findOne({ _id: user.id });
    const byHand = { ...stored, emailKey: 'a', usernameKey: 'b', [key]: stored?.[key as never], _id: 'by-hand' };
    await expect(
      watched()
        .database.collection('users')
        .insertOne(byHand as never),
    ).rejects.toMatchObject({ code: 11000 });
  });

  test('sends a majority and the journal with every write, a majority with every read, and a time limit [G2]', async () => {
    const { store, commands } = watched();
    commands.length = 0;
    const [user, session] = [aUser({ roles: ['admin'] }), aSession()];
    const call = testCall();
    await store.users.insert(user, call);
    await store.users.findByEmail(user.email, call);
    await store.users.list({ after: undefined, limit: 10 }, call);
    await store.users.listPublic({ after: undefined, limit: 10 }, call);
    await store.users.search({ prefix: 'a', after: undefined, limit: 10 }, call);
    await store.users.setActive((await insertAnother()).id, false, call);
    await store.users.replacePasswordHash(user.id, { from: user.passwordHash, to: 'x', voidSessions: true }, call);
    await store.users.addEndingSessions(user.id, { id: 'e', at: 1, reason: 'revoked', sessionIds: ['s'] }, call);
    await store.users.removeEndingSessions(user.id, 'e', call);
    await store.users.delete((await insertAnother()).id, call);
    await store.sessions.insert(session, call);
    await store.sessions.find(session.id, call);
    await store.sessions.rotate(session.id, buildRotation(session), call);
    await store.sessions.setEpoch(session.id, 2, call);
    await store.sessions.listLive(session.userId, { now: new Date() }, call);
    await store.sessions.listPublic(session.userId, { now: new Date() }, call);
    await store.sessions.listOpenIds(session.userId, call);
    await store.sessions.surplus(session.userId, { exceptId: session.id, keep: 0, atMost: 100 }, new Date(), call);
    await store.sessions.endMany([session.id], { at: new Date(), reason: 'logout' }, call);
    await store.loginFailures.reserve('a', 's', { perSource: 1, perAccount: 1, windowSeconds: 60 }, Date.now(), call);
    await store.loginFailures.succeed('a', 's', Date.now(), call);
    await store.loginFailures.release('a', 's', Date.now(), call);
    await store.loginFailures.clear('a', call);
    await store.revocationFeed.append([aChangedUser()], call);
    await store.auditLog.append([anAuditEvent()]);
    await store.auditLog.list({ userId: undefined, type: undefined, before: undefined, limit: 1 }, call);
    await store.signingKeys.insert(aSigningKey(), call);
    await store.signingKeys.delete('k', call);
    const writes = commands.filter(({ commandName }) => WRITES.includes(commandName));
    const reads = commands.filter(({ commandName }) => READS.includes(commandName));
    expect(writes.length).toBeGreaterThan(12);
    expect(reads.length).toBeGreaterThan(5);
    for (const { command } of writes) expect(command.writeConcern).toEqual({ w: 'majority', j: true });
    for (const { command } of reads) expect(command.readConcern).toEqual({ level: 'majority' });
    for (const { command } of [...writes, ...reads])
      expect([Object.keys(command)[0], command.maxTimeMS]).toEqual([expect.anything(), expect.any(Number)]);
    // Every read is the primary's: the default, and on a direct connection, as to a container, the driver says
    // `primaryPreferred`.
    const preferences = commands.map(({ command }) => command.$readPreference?.mode ?? 'primary');
    const direct = testDatabaseUrl().includes('directConnection=true') ? ['primaryPreferred'] : [];
    expect(preferences.filter((mode) => ![...direct, 'primary'].includes(mode))).toEqual([]);
  });

  test('does not hold up a start by waiting for the first news of the revocation feed', async () => {
    const { store, commands } = watched();
    commands.length = 0;
    const waits = () => commands.filter(({ commandName }) => commandName === 'getMore').map((each) => each.command);
    const followed = await store.revocationFeed.follow({ onRecord() {}, onFresh() {}, onBroken() {} });
    await eventually('the stream is followed', () => waits().length > 1);
    await followed.close();
    expect(waits()[0]).toMatchObject({ collection: 'revocations', maxTimeMS: 1 });
    for (const { maxTimeMS } of waits().slice(1)) expect(maxTimeMS).toBe(300);
  });

  test.each([
    [{ $ne: '' }],
    [{ $gt: '' }],
    [['a']],
    [{ toString: () => 'a' }],
  ] as unknown[][])('finds no user by an object instead of a text: %j [G1]', async (text) => {
    const user = aUser();
    await watched().store.users.insert(user, testCall());
    const disguised = text as unknown as string;
    expect(await watched().store.users.findById(disguised, testCall())).toBeUndefined();
    expect(await watched().store.users.findByEmail(disguised, testCall())).toBeUndefined();
    expect(await watched().store.sessions.find(disguised, testCall())).toBeUndefined();
    await expect(watched().store.users.delete(disguised, testCall())).rejects.toMatchObject({
      reason: 'USER_NOT_FOUND',
    });
    expect(await watched().store.users.findById(user.id, testCall())).toEqual(user);
  });

  test('stores an expression in a text as text where an update is a pipeline [G1]', async () => {
    const session = aSession();
    await watched().store.sessions.insert(session, testCall());
    const rotation = { ...buildRotation(session), refreshKeyId: '$saltHash', ipAddress: '$$NOW' };
    expect(await watched().store.sessions.rotate(session.id, rotation, testCall())).toMatchObject({
      refreshKeyId: '$saltHash',
      ipAddress: '$$NOW',
    });
  });

  async function insertAnother() {
    const user = aUser();
    await watched().store.users.insert(user, testCall());
    return user;
  }

  function buildRotation({ generation, saltHash, refreshKeyId, expiresAt, ipAddress }: ReturnType<typeof aSession>) {
    return { from: generation, saltHash, refreshKeyId, expiresAt, ipAddress, at: Date.now() };
  }
});
