import type { StoredSession } from '../../src/auth/sessions/stored-sessions';
import { aSession } from '../support/domain/builders';
import { type Domain, openDomain, PASSWORD, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const NEW_PASSWORD = 'another battery, another horse';
const isValid = (accessToken: string) =>
  refusalReason(() => domain.auth.validate({ accessToken, allowAnonymous: false, fresh: false }, domain.call()));
const bearer = (accessToken: string) => domain.bearer(accessToken);

test('ListSessions lists the live sessions of the bearer, the newest first, the present one marked', async () => {
  const first = await domain.signedIn('phone');
  await domain.signedIn('of somebody else');
  domain.clock.advance(1_000);
  const second = await domain.login(first.user.username, 'laptop');
  domain.clock.advance(1_000);
  const ended = await domain.login(first.user.username, 'ended');
  await domain.auth.logout(ended.tokens, domain.call());
  const sessions = await domain.auth.listSessions(...bearer(first.tokens.accessToken));
  expect(sessions.map(({ id, deviceName, current }) => [id, deviceName, current])).toEqual([
    [second.tokens.sessionId, 'laptop', false],
    [first.tokens.sessionId, 'phone', true],
  ]);
  expect(sessions[0]).toMatchObject({ ipAddress: '192.0.2.7', userAgent: 'test-agent/1' });
});

test('ListSessions of many sessions lets other calls be answered in between', async () => {
  const { user, tokens } = await domain.signedIn();
  const insert = (session: StoredSession) => domain.store.sessions.insert(session, domain.call());
  await Promise.all(Array.from({ length: 250 }, () => insert(aSession({ userId: user.id }))));
  let iterations = 0;
  let isOver = false;
  const count = () => {
    iterations += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  expect(await domain.auth.listSessions(...bearer(tokens.accessToken))).toHaveLength(251);
  isOver = true;
  expect(iterations).toBeGreaterThanOrEqual(2);
});

test('RevokeSession revokes one session of the bearer, and never one of another user', async () => {
  const one = await domain.signedIn();
  const two = await domain.login(one.user.username);
  const other = await domain.signedIn();
  const revoke = (sessionId: string) => domain.auth.revokeSession({ sessionId }, ...bearer(one.tokens.accessToken));
  await revoke(two.tokens.sessionId);
  expect(await isValid(two.tokens.accessToken)).toBe('TOKEN_REVOKED');
  for (const id of ['', '{"$ne":""}', '__proto__']) {
    expect(await refusalReason(() => revoke(id))).toBe('INVALID_FIELDS');
  }
  for (const id of [two.tokens.sessionId, other.tokens.sessionId, other.user.id]) {
    expect(await refusalReason(() => revoke(id))).toBe('SESSION_NOT_FOUND');
  }
  expect(await isValid(other.tokens.accessToken)).toBe('OK');
});

test('RevokeAllSessions revokes all sessions, or all but the present one, and says how many', async () => {
  const one = await domain.signedIn();
  const two = await domain.login(one.user.username);
  const three = await domain.login(one.user.username);
  const all = (keepCurrent: boolean) =>
    domain.auth.revokeAllSessions({ keepCurrent }, ...bearer(one.tokens.accessToken));
  expect(await all(true)).toBe(2);
  expect(await isValid(one.tokens.accessToken)).toBe('OK');
  expect(await isValid(two.tokens.accessToken)).toBe('TOKEN_REVOKED');
  expect(await isValid(three.tokens.accessToken)).toBe('TOKEN_REVOKED');
  expect(await all(false)).toBe(1);
  expect(await isValid(one.tokens.accessToken)).toBe('TOKEN_REVOKED');
});

test('a session that begins while all are ended has ended when the call is answered', async () => {
  const { user, tokens } = await domain.signedIn();
  const { endMany } = domain.store.sessions;
  let late: string | undefined;
  jest.spyOn(domain.store.sessions, 'endMany').mockImplementation(async (...args) => {
    late ??= (await domain.login(user.username)).tokens.accessToken;
    return endMany.apply(domain.store.sessions, args);
  });
  expect(await domain.auth.revokeAllSessions({ keepCurrent: false }, ...bearer(tokens.accessToken))).toBe(2);
  expect(await isValid(late ?? '')).toBe('TOKEN_REVOKED');
});

test('Logout takes any refresh token of the session, once or twice, and an unknown one as done', async () => {
  const { tokens } = await domain.signedIn();
  await domain.auth.refresh(tokens, domain.call());
  for (const refreshToken of [tokens.refreshToken, tokens.refreshToken, 'unknown', '']) {
    await domain.auth.logout({ refreshToken }, domain.call());
  }
  expect(await isValid(tokens.accessToken)).toBe('TOKEN_REVOKED');
});

test('a new password ends the other sessions and only it signs in', async () => {
  const one = await domain.signedIn();
  const two = await domain.login(one.user.username);
  const input = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
  await domain.auth.changePassword(input, ...bearer(one.tokens.accessToken));
  expect(await isValid(one.tokens.accessToken)).toBe('OK');
  expect(await isValid(two.tokens.accessToken)).toBe('TOKEN_REVOKED');
  expect((await domain.auth.refresh(one.tokens, domain.call())).sessionId).toBe(one.tokens.sessionId);
  expect(await refusalReason(() => domain.auth.refresh(two.tokens, domain.call()))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => domain.login(one.user.username))).toBe('BAD_CREDENTIALS');
  const login = { username: one.user.username, password: NEW_PASSWORD, deviceName: '' };
  expect(await refusalReason(() => domain.auth.login(login, domain.call()))).toBe('OK');
  expect(domain.eventTypes()).toContain('password.changed');
});

test('a change of the password that dies half-way leaves no other device signed in', async () => {
  const one = await domain.signedIn();
  const two = await domain.login(one.user.username);
  const death = new Error('the process died here');
  jest.spyOn(domain.store.users, 'replacePasswordHash').mockRejectedValueOnce(death);
  const input = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
  await expect(domain.auth.changePassword(input, ...bearer(one.tokens.accessToken))).rejects.toThrow(death);
  expect(await isValid(two.tokens.accessToken)).toBe('TOKEN_REVOKED');
});

test('An access token ends with its session where REFRESH_TOKEN_EXPIRE_DAYS is the shorter time, so that ending all sessions leaves none [A14, D6]', async () => {
  await domain.close();
  domain = await openDomain({ sessionLimits: { idleMs: 600_000, absoluteMs: 1e10, perUser: 20 } });
  const { user, tokens } = await domain.signedIn();
  expect(tokens).toMatchObject({ expiresIn: 600, refreshExpiresIn: 600 });
  domain.clock.advance(300_000);
  const refreshed = await domain.auth.refresh({ refreshToken: tokens.refreshToken }, domain.call());
  expect(refreshed).toMatchObject({ expiresIn: 600, refreshExpiresIn: 600 });
  domain.clock.advance(601_000);
  await domain.admin.revokeUserSessions({ userId: user.id }, '', domain.call());
  expect(await isValid(refreshed.accessToken)).toBe('TOKEN_EXPIRED');
});

test('a wrong current password changes nothing and counts as a failed login', async () => {
  const { tokens, user } = await domain.signedIn();
  const change = (currentPassword: string, newPassword: string) =>
    refusalReason(() => domain.auth.changePassword({ currentPassword, newPassword }, ...bearer(tokens.accessToken)));
  expect(await change('wrong', 'short')).toBe('INVALID_FIELDS');
  expect(await change(PASSWORD, `my ${user.username} word`)).toBe('INVALID_FIELDS');
  for (let i = 0; i < 10; i += 1) expect(await change('wrong', NEW_PASSWORD)).toBe('BAD_CREDENTIALS');
  expect(await change(PASSWORD, NEW_PASSWORD)).toBe('RATE_LIMITED');
  domain.clock.advance(900_000);
  expect(await refusalReason(() => domain.login(user.username))).toBe('OK');
});

test('Ending a session appends its revocation before the call is answered, and again after a crash in between [C11]', async () => {
  const { tokens } = await domain.signedIn();
  const end = jest.spyOn(domain.store.sessions, 'end').mockRejectedValueOnce(new Error('the process died here'));
  await expect(domain.auth.logout(tokens, domain.call())).rejects.toThrow('died');
  expect(await isValid(tokens.accessToken)).toBe('TOKEN_REVOKED');
  await domain.auth.logout(tokens, domain.call());
  expect(end).toHaveBeenCalledTimes(2);
  expect((await domain.store.sessions.find(tokens.sessionId, domain.call()))?.endReason).toBe('logout');
});
