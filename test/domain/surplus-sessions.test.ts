import { aSession } from '../support/domain/builders';
import { type Domain, openDomain } from '../support/domain/domain';
import { eventually } from '../support/domain/eventually';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

/** So many live sessions, as after a MAX_SESSIONS_PER_USER that was much higher. */
async function insertSessions(userId: string, count: number): Promise<void> {
  const createdAt = new Date(domain.clock.now() - 60_000);
  const sessions = Array.from({ length: count }, () => aSession({ userId, createdAt }));
  await Promise.all(sessions.map((session) => domain.store.sessions.insert(session, domain.call())));
}
const live = async (userId: string) =>
  domain.store.sessions.listLive(userId, { now: new Date(domain.clock.now()) }, domain.call());

test('A Login that meets thousands of sessions too many does not wait for their end, and they all end [D8]', async () => {
  const { user } = await domain.signedIn();
  await insertSessions(user.id, 1_200);
  const { tokens } = await domain.login(user.username);
  await eventually('what is too many has ended', async () => (await live(user.id)).length === 20);
  expect((await live(user.id))[0]?.id).toBe(tokens.sessionId);
  // The event of a batch comes after its write.
  const ended = () => domain.events.filter(({ type }) => type === 'session.ended');
  await eventually('each batch is in the audit trail', () => ended().length === 3);
  expect(ended().map(({ reason, count }) => [reason, count])).toEqual([
    ['too_many_sessions', 500],
    ['too_many_sessions', 500],
    ['too_many_sessions', 182],
  ]);
});

test('A Login ends a few sessions too many before it answers [D8]', async () => {
  const { user } = await domain.signedIn();
  await insertSessions(user.id, 25);
  await domain.login(user.username);
  expect(await live(user.id)).toHaveLength(20);
});
