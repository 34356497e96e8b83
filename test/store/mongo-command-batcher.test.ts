import { anEndedSessions, anId, aSession, aUser, LOGIN_LIMITS } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { watchedStore } from '../support/mongo/mongo-watched-store';

const COUNT = 20;

interface Reply {
  readonly cursor: { readonly firstBatch: readonly unknown[] };
}

describe('What many calls ask of MongoDB at once', () => {
  const watched = watchedStore();

  const many = <T>(make: (i: number) => T): T[] => Array.from({ length: COUNT }, (_, i) => make(i));
  const taken = () => watched().commands.map(({ commandName, command }) => `${commandName} ${command[commandName]}`);
  /** Results of the work, and the commands it took. */
  const counted = async <T>(work: () => Promise<T>[]): Promise<{ results: T[]; taken: string[] }> => {
    watched().commands.length = 0;
    const results = await Promise.all(work());
    return { results, taken: taken() };
  };
  const reserve = (account: string, at = Date.now()) =>
    watched().store.loginFailures.reserve(account, 'source', LOGIN_LIMITS, at, testCall());

  test('finds each user who is asked for, by whatever', async () => {
    const users = many(() => aUser());
    for (const user of users) await watched().store.users.insert(user, testCall());
    const { results, taken } = await counted(() =>
      users.flatMap(({ id, email, username }) => [
        watched().store.users.findById(id, testCall()),
        watched().store.users.findByEmail(email.toUpperCase(), testCall()),
        watched().store.users.findByUsername(username, testCall()),
        watched().store.users.findById(anId(), testCall()),
      ]),
    );
    expect(results).toEqual(users.flatMap((user) => [user, user, user, undefined]));
    expect(taken).toEqual(['find users', 'find users', 'find users']);
  });

  test('writes each session, and refuses only the one whose id is taken', async () => {
    const first = aSession();
    await watched().store.sessions.insert(first, testCall());
    const sessions = many((i) => (i === 7 ? aSession({ id: first.id }) : aSession()));
    watched().commands.length = 0;
    const inserted = await Promise.allSettled(
      sessions.map((session) => watched().store.sessions.insert(session, testCall())),
    );
    expect(taken()).toEqual(['insert sessions']);
    expect(inserted.map(({ status }) => status)).toEqual(many((i) => (i === 7 ? 'rejected' : 'fulfilled')));
    const found = await counted(() => sessions.map(({ id }) => watched().store.sessions.find(id, testCall())));
    expect(found.results).toEqual(sessions.map((session, i) => (i === 7 ? first : session)));
    expect(found.taken).toEqual(['find sessions']);
  });

  test('returns the surplus of sessions of each user', async () => {
    const now = Date.now();
    const owners = many(() => anId());
    const sessions = owners.flatMap((userId, i) =>
      Array.from({ length: i % 4 }, (_, n) => aSession({ userId, createdAt: new Date(now + n * 1000) })),
    );
    await Promise.all(sessions.map((session) => watched().store.sessions.insert(session, testCall())));
    const newest = (userId: string) => sessions.findLast((session) => session.userId === userId)?.id ?? '';
    const { results, taken } = await counted(() =>
      owners.map((userId) =>
        watched().store.sessions.surplus(
          userId,
          { exceptId: newest(userId), keep: 1, atMost: 100 },
          new Date(now),
          testCall(),
        ),
      ),
    );
    const oldest = owners.map((userId, i) => (i % 4 === 3 ? [sessions.find((s) => s.userId === userId)?.id] : []));
    expect(results).toEqual(oldest);
    expect(taken).toEqual(['find sessions']);
  });

  test('returns what is beyond to both of two calls for one user', async () => {
    const userId = anId();
    const createdAt = Date.now();
    const sessions = [0, 1, 2, 3].map((n) => aSession({ userId, createdAt: new Date(createdAt + n) }));
    await Promise.all(sessions.map((session) => watched().store.sessions.insert(session, testCall())));
    const [first, second, third, fourth] = sessions.map(({ id }) => id);
    const ask = (exceptId = '', keep = 1) =>
      watched().store.sessions.surplus(userId, { exceptId, keep, atMost: 100 }, new Date(), testCall());
    const answers = await Promise.all([ask(fourth), ask(third), ask(first, 2), ask()]);
    expect(answers).toEqual([[second, first], [second, first], [second], [third, second, first]]);
  });

  test('needs one round trip however many sessions stay', async () => {
    const owners = many(() => anId());
    const sessions = owners.flatMap((userId) => many(() => aSession({ userId })));
    await Promise.all(sessions.map((session) => watched().store.sessions.insert(session, testCall())));
    const { results, taken } = await counted(() =>
      owners.map((userId, i) =>
        watched().store.sessions.surplus(
          userId,
          { exceptId: '', keep: i === 0 ? COUNT - 1 : COUNT, atMost: 100 },
          new Date(),
          testCall(),
        ),
      ),
    );
    expect(results.map(({ length }) => length)).toEqual(many((i) => (i === 0 ? 1 : 0)));
    expect(taken).toEqual(['find sessions']);
  });

  test('leaves sessions that stay to the server where many may', async () => {
    const userId = anId();
    const created = Date.now();
    const sessions = Array.from({ length: 60 }, (_, n) => aSession({ userId, createdAt: new Date(created + n) }));
    await Promise.all(sessions.map((session) => watched().store.sessions.insert(session, testCall())));
    const ask = (keep: number, exceptId = '') =>
      watched().store.sessions.surplus(userId, { exceptId, keep, atMost: 100 }, new Date(), testCall());
    const ids = sessions.map(({ id }) => id);
    const replies: number[] = [];
    const listen = ({ commandName, reply }: { commandName: string; reply: Reply }) => {
      if (commandName === 'find') replies.push(reply.cursor.firstBatch.length);
    };
    watched()
      .database.getClient()
      .on('commandSucceeded', listen as never);
    expect(await ask(57)).toEqual([ids[2], ids[1], ids[0]]);
    expect(await ask(57, ids[30])).toEqual([ids[1], ids[0]]);
    expect(await ask(50)).toEqual(ids.slice(0, 10).reverse());
    watched()
      .database.getClient()
      .off('commandSucceeded', listen as never);
    expect(replies.slice(0, 2)).toEqual([3, 2]);
    expect(replies[2]).toBeGreaterThan(50);
  });

  test('counts no session that was over when its user asked, though another asked before', async () => {
    const now = Date.now();
    const [early, late] = [anId(), anId()];
    const brief = { createdAt: new Date(now - 1_000), expiresAt: new Date(now + 10_000) };
    const sessions = [aSession({ userId: early, ...brief }), aSession({ userId: late, ...brief })];
    await Promise.all(sessions.map((session) => watched().store.sessions.insert(session, testCall())));
    const ask = (userId: string, at: number) =>
      watched().store.sessions.surplus(userId, { exceptId: '', keep: 0, atMost: 100 }, new Date(at), testCall());
    expect(await Promise.all([ask(early, now), ask(late, now + 10_000)])).toEqual([[sessions[0]?.id], []]);
  });

  test('takes the session that began first for the oldest, and of those that began together always the same', async () => {
    const userId = anId();
    const now = Date.now();
    const ids = many(() => anId()).sort();
    const sessions = ids.map((id, i) => aSession({ id, userId, createdAt: new Date(i === COUNT - 1 ? now - 1 : now) }));
    await Promise.all(sessions.map((session) => watched().store.sessions.insert(session, testCall())));
    const beyond = await watched().store.sessions.surplus(
      userId,
      { exceptId: '', keep: COUNT - 2, atMost: 100 },
      new Date(),
      testCall(),
    );
    expect(beyond).toEqual([ids[0], ids[COUNT - 1]]);
  });

  test('counts the attempts that are allowed in one batch, and refuses the others without counting them [B3]', async () => {
    const accounts = many(() => anId());
    const full = accounts.filter((_, i) => i % 5 === 0);
    const at = Date.now();
    for (const account of full) for (let i = 0; i < LOGIN_LIMITS.perSource; i += 1) await reserve(account, at);
    const { results, taken } = await counted(() => accounts.map((account) => reserve(account, at + 1_000)));
    expect(results).toEqual(many((i) => (i % 5 === 0 ? 899 : undefined)));
    expect(taken).toEqual(['update login_failures', ...full.map(() => 'findAndModify login_failures')]);
    const stored = watched().database.collection<{ _id: string; count: number }>('login_failures');
    const counts = await stored.find({ count: { $gt: LOGIN_LIMITS.perSource } }).toArray();
    expect(counts).toEqual([]);
  });

  test('forgets the tries of all who succeed', async () => {
    const accounts = many(() => anId());
    const at = Date.now();
    for (let i = 0; i < LOGIN_LIMITS.perSource; i += 1)
      await Promise.all(accounts.map((account) => reserve(account, at)));
    const { taken } = await counted(() =>
      accounts.map((account) => watched().store.loginFailures.succeed(account, 'source', at, testCall())),
    );
    expect(taken).toEqual(['update login_failures']);
    expect(await Promise.all(accounts.map((account) => reserve(account, at)))).toEqual(many(() => undefined));
  });

  test('publishes all revocations, those too that come again', async () => {
    const records = many(() => anEndedSessions());
    await watched().store.revocationFeed.append(records.slice(0, 5), testCall());
    const { taken } = await counted(() =>
      records.map((record) => watched().store.revocationFeed.append([record], testCall())),
    );
    expect(taken).toEqual(['update revocations']);
    const ids = records.map(({ id }) => id as never);
    expect(
      await watched()
        .database.collection('revocations')
        .countDocuments({ _id: { $in: ids } }),
    ).toBe(COUNT);
  });

  test('refuses a revocation that does not fit the schema, instead of leaving it out', async () => {
    const misshapen = { ...anEndedSessions(), at: 'a while ago' } as unknown as ReturnType<typeof anEndedSessions>;
    await expect(watched().store.revocationFeed.append([misshapen], testCall())).rejects.toThrow();
  });
});
