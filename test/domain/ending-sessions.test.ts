import type { EndedSessions } from '../../src/auth/revocation/revocation-record';
import { EndingSessionsWriter } from '../../src/auth/sessions/ending-sessions';
import { loadSignedInUser } from '../../src/auth/sessions/load-signed-in-user';
import type { Principal } from '../../src/auth/tokens/principal';
import { aSession } from '../support/domain/builders';
import { type Domain, openDomain, refusalReason } from '../support/domain/domain';
import { eventually } from '../support/domain/eventually';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const HOUR_MS = 3_600_000;
const FAILURE = new Error('the store failed here');

/** A user with so many sessions beside the two that have tokens. */
async function signedInWith(others: number) {
  const { user, tokens } = await domain.signedIn('one');
  const two = await domain.login(user.username, 'two');
  const sessions = Array.from({ length: others }, () => aSession({ userId: user.id }));
  await Promise.all(sessions.map((session) => domain.store.sessions.insert(session, domain.call())));
  return { user, one: tokens, two: two.tokens };
}
const revokeAll = (userId: string) => domain.admin.revokeUserSessions({ userId }, '', domain.call());
const openIds = (userId: string) => domain.store.sessions.listOpenIds(userId, domain.call());
const refresh = (tokens: { refreshToken: string }) => refusalReason(() => domain.auth.refresh(tokens, domain.call()));
const marked = async (userId: string) => (await domain.store.users.findById(userId, domain.call()))?.endingSessions;
const ends = () => domain.events.filter(({ type }) => type === 'session.ended');
/** Writes of rows wait until the returned function is called. */
function holdRows(): () => void {
  const endMany = domain.store.sessions.endMany.bind(domain.store.sessions);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  jest.spyOn(domain.store.sessions, 'endMany').mockImplementation(async (...args) => {
    await held;
    return endMany(...args);
  });
  return release;
}
/** The records of the feed are gone, as after an hour. */
function forgetRevocations(): void {
  domain.clock.advance(HOUR_MS);
  domain.deps.revocations.onFresh(domain.clock.monotonic());
}

test('RevokeAllSessions of more than a thousand sessions is answered before their rows say so, and they have ended [D9]', async () => {
  const { user, one, two } = await signedInWith(1_100);
  const append = jest.spyOn(domain.store.revocationFeed, 'append');
  const release = holdRows();
  const [caller, call] = domain.bearer(one.accessToken);
  expect(await domain.auth.revokeAllSessions({ keepCurrent: true }, caller, call)).toBe(1_101);
  const records = append.mock.calls.flatMap(([appended]) => appended as readonly EndedSessions[]);
  expect(records.map(({ sessionIds }) => sessionIds.length)).toEqual([1_000, 101]);
  expect(ends()).toMatchObject([{ count: 1_101 }]);
  expect(domain.endingSessions.waiting).toBe(1_101);
  expect(await refresh(two)).toBe('INVALID_REFRESH_TOKEN');
  expect(await domain.auth.listSessions(...domain.bearer(one.accessToken))).toMatchObject([{ current: true }]);
  // Nothing is left to end, and what has ended is neither counted nor announced again.
  expect(await domain.auth.revokeAllSessions({ keepCurrent: true }, ...domain.bearer(one.accessToken))).toBe(0);
  release();
  await eventually('the rows are written', async () => domain.endingSessions.waiting === 0);
  expect(await openIds(user.id)).toEqual([one.sessionId]);
  expect((await domain.store.sessions.find(two.sessionId, domain.call()))?.endReason).toBe('revoked');
  await eventually('the ids are taken out', async () => !(await marked(user.id))?.length);
  expect(await refresh(one)).toBe('OK');
});

test('A Refresh that met the row before it was written, and reads the user after that, is refused [D9]', async () => {
  const { user, two } = await signedInWith(300);
  const release = holdRows();
  await revokeAll(user.id);
  const findById = domain.store.users.findById.bind(domain.store.users);
  jest.spyOn(domain.store.users, 'findById').mockImplementationOnce(async (...args) => {
    release();
    await eventually('the rows are written', () => domain.endingSessions.waiting === 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return findById(...args);
  });
  // As on another replica that has not heard of it yet.
  jest.spyOn(domain.deps.revocations, 'findSessionEnd').mockReturnValue(undefined);
  expect(await refresh(two)).toBe('INVALID_REFRESH_TOKEN');
  expect((await domain.store.sessions.find(two.sessionId, domain.call()))?.generation).toBe(1);
});

test('The rows of many sessions are written a few at a time', async () => {
  const { user } = await signedInWith(600);
  const endMany = jest.spyOn(domain.store.sessions, 'endMany');
  expect(await revokeAll(user.id)).toBe(602);
  await domain.endingSessions.close();
  expect(endMany.mock.calls.map(([ids]) => ids.length)).toEqual([250, 250, 102]);
});

test('Up to 250 sessions have ended in one write when the call is answered', async () => {
  const { user } = await signedInWith(248);
  const add = jest.spyOn(domain.store.users, 'addEndingSessions');
  expect(await revokeAll(user.id)).toBe(250);
  expect(await openIds(user.id)).toEqual([]);
  expect(add).not.toHaveBeenCalled();
});

test('What has ended stays so when the process dies before it wrote the rows, and the next Login has them written [D9]', async () => {
  const { user, one, two } = await signedInWith(300);
  jest.spyOn(domain.store.sessions, 'endMany').mockRejectedValueOnce(FAILURE);
  expect(await revokeAll(user.id)).toBe(302);
  await domain.endingSessions.close();
  expect(domain.problems).toHaveLength(1);
  forgetRevocations();
  expect(domain.deps.revocations.findSessionEnd(two.sessionId)).toBeUndefined();
  expect(await openIds(user.id)).toHaveLength(302);
  for (const tokens of [one, two]) expect(await refresh(tokens)).toBe('INVALID_REFRESH_TOKEN');
  const bearer = { userId: user.id, sessionId: two.sessionId } as Principal;
  expect(await refusalReason(() => loadSignedInUser(domain.deps, bearer, domain.call()))).toBe('TOKEN_REVOKED');
  const { tokens } = await domain.login(user.username);
  await eventually('the rows are written', async () => (await openIds(user.id)).length === 1);
  await eventually('the ids are taken out', async () => !(await marked(user.id))?.length);
  expect(await refresh(tokens)).toBe('OK');
  // They were counted by the call that ended them.
  expect(ends()).toMatchObject([{ count: 302 }]);
});

test('A Login beside another replica that still writes the rows leaves them to it', async () => {
  const { user } = await signedInWith(300);
  const release = holdRows();
  await revokeAll(user.id);
  const { users, sessions } = domain.store;
  const other = new EndingSessionsWriter({
    ...domain.deps,
    users,
    sessions,
    internalCall: domain.call,
    onProblem: throwProblem,
  });
  const reread = await users.findById(user.id, domain.call());
  if (reread === undefined) throw new Error('The user is gone');
  other.resume(reread);
  expect(other.waiting).toBe(0);
  domain.clock.advance(61_000);
  other.resume(reread);
  expect(other.waiting).toBe(302);
  release();
  await other.close();
});

test.each([
  ['the user', () => jest.spyOn(domain.store.users, 'addEndingSessions').mockRejectedValueOnce(FAILURE)],
  ['the feed', () => jest.spyOn(domain.store.revocationFeed, 'append').mockRejectedValueOnce(FAILURE)],
])('A call that could not write %s does all of it when it is made again, also after a Login [D9]', async (_, fail) => {
  const { user, two } = await signedInWith(300);
  fail();
  await expect(revokeAll(user.id)).rejects.toThrow(FAILURE);
  expect(ends()).toEqual([]);
  domain.clock.advance(61_000);
  await domain.login(user.username);
  await domain.endingSessions.close();
  // With that of the Login, and without the surplus that the Login has ended.
  expect(await revokeAll(user.id)).toBeGreaterThan(250);
  const validate = { accessToken: two.accessToken, allowAnonymous: false, fresh: false };
  expect(await refusalReason(() => domain.auth.validate(validate, domain.call()))).toBe('TOKEN_REVOKED');
  forgetRevocations();
  expect(await refresh(two)).toBe('INVALID_REFRESH_TOKEN');
});

test('Of two calls at once each session is counted by one, and a later call finds none', async () => {
  const { user } = await signedInWith(300);
  const release = holdRows();
  const add = jest.spyOn(domain.store.users, 'addEndingSessions');
  const counts = await Promise.all([revokeAll(user.id), revokeAll(user.id)]);
  expect(counts.sort((a, b) => a - b)).toEqual([0, 302]);
  expect(await revokeAll(user.id)).toBe(0);
  expect(add).toHaveBeenCalledTimes(2);
  expect(ends()).toMatchObject([{ count: 302 }]);
  release();
});

test('Neither a Login nor the end of surplus sessions ends the one that was kept, while the rows of others do not say that they have ended', async () => {
  await domain.close();
  domain = await openDomain({
    sessionLimits: { idleMs: 7 * 24 * HOUR_MS, absoluteMs: 30 * 24 * HOUR_MS, perUser: 301 },
  });
  const { user, one } = await signedInWith(300);
  jest.spyOn(domain.store.sessions, 'endMany').mockRejectedValueOnce(FAILURE);
  const [caller, call] = domain.bearer(one.accessToken);
  expect(await domain.auth.revokeAllSessions({ keepCurrent: true }, caller, call)).toBe(301);
  await domain.endingSessions.close();
  await domain.login(user.username, 'three');
  // For a user who may have no more than 20.
  domain.surplusEnder.add(user.id);
  await domain.surplusEnder.close();
  expect(await refresh(one)).toBe('OK');
  expect(ends()).toMatchObject([{ count: 301, reason: 'revoked' }]);
});

test('A used token of a session that is ending is no replay', async () => {
  const { user, one } = await signedInWith(300);
  await domain.auth.refresh(one, domain.call());
  const release = holdRows();
  await revokeAll(user.id);
  domain.clock.advance(60_000);
  expect(await refresh(one)).toBe('INVALID_REFRESH_TOKEN');
  expect(domain.eventTypes()).not.toContain('refresh.replayed');
  release();
});

test('The rows of what ends right when the writer has nothing left are written, too', async () => {
  for (let microtasks = 0; microtasks < 12; microtasks += 1) {
    const written: string[] = [];
    const writer = new EndingSessionsWriter({
      users: { addEndingSessions: async () => [], removeEndingSessions: async () => {} },
      sessions: { endMany: async (ids) => written.push(...ids) },
      clock: domain.clock,
      internalCall: domain.call,
      onProblem: throwProblem,
    });
    const end = (id: string) =>
      writer.end('u', { id, at: domain.clock.now(), reason: 'revoked', sessionIds: [id] }, domain.call());
    await end('first');
    for (let n = 0; n < microtasks; n += 1) await undefined;
    await end('second');
    await eventually(`both are written, ${microtasks} microtasks apart`, () => writer.waiting === 0, 1_000);
    expect(written).toEqual(['first', 'second']);
    await writer.close();
  }
});

function throwProblem(problem: string, cause: unknown): never {
  throw new Error(problem, { cause });
}
