import { withinBytes } from '../../src/auth/admin/page';
import { AuthError } from '../../src/auth/errors';
import { reasonDetails } from '../../src/transport/errors/status-details';
import { aSession } from '../support/domain/builders';
import { type Domain, openDomain, PASSWORD, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const PAGE = { pageSize: 0, pageToken: '', query: '' };
const AUDIT = { pageSize: 0, pageToken: '', userId: '', type: '', occurredAfter: undefined, occurredBefore: undefined };

/** Every use case that takes the id of a user or a session. */
const byUser = (userId: string): [string, () => unknown][] => [
  ['GetUser', () => domain.admin.getUser({ by: 'user_id', value: userId }, domain.call())],
  ['UnlockUser', () => domain.admin.unlockUser({ userId }, '', domain.call())],
  ['SetUserRoles', () => domain.admin.setUserRoles({ userId, roles: ['user'] }, '', domain.call())],
  ['RevokeUserSessions', () => domain.admin.revokeUserSessions({ userId }, '', domain.call())],
  ['ListAuditEvents', () => domain.admin.listAuditEvents({ ...AUDIT, userId }, domain.call())],
  ['SetUserActive', () => domain.admin.setUserActive({ userId, active: false }, '', domain.call())],
  ['DeleteUser', () => domain.admin.deleteUser({ userId }, '', domain.call())],
];

test('Every call that takes the id of a user takes it in capitals (RFC 9562 section 4)', async () => {
  const { user } = await domain.signedIn();
  for (const [name, attempt] of byUser(user.id.toUpperCase()))
    expect([name, await refusalReason(attempt)]).toEqual([name, 'OK']);
  expect(await domain.store.users.findById(user.id, domain.call())).toBeUndefined();
});

test('GetUser compares no text that is longer than any name: it could keep all other calls waiting', async () => {
  const asked = [jest.spyOn(domain.store.users, 'findByEmail'), jest.spyOn(domain.store.users, 'findByUsername')];
  const long = `a${'\u0301\u0323'.repeat(20_000)}`;
  const startedAt = performance.now();
  for (const by of ['email', 'username'] as const) {
    expect(await refusalReason(() => domain.admin.getUser({ by, value: long }, domain.call()))).toBe('USER_NOT_FOUND');
  }
  expect(performance.now() - startedAt).toBeLessThan(50);
  for (const each of asked) expect(each).not.toHaveBeenCalled();
});

test.each([
  'ada',
  '0198c5f2',
  `${'0'.repeat(36)}`,
  'urn:uuid:0198c5f2-6a1b-7c3d-8e4f-5a6b7c8d9e0f',
  '*',
])('Every call that takes an id refuses %j as INVALID_FIELDS', async (id) => {
  for (const [name, attempt] of byUser(id))
    expect([name, await refusalReason(attempt)]).toEqual([name, 'INVALID_FIELDS']);
  const { tokens } = await domain.signedIn();
  const [caller, call] = domain.bearer(tokens.accessToken);
  expect(await refusalReason(() => domain.auth.revokeSession({ sessionId: id }, caller, call))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => domain.admin.revokeUserSession({ sessionId: id }, '', call))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => domain.admin.listUsers({ ...PAGE, pageToken: id }, call))).toBe('INVALID_FIELDS');
});

test('RevokeSession takes the id of a session in capitals, and lists go on after a page token in capitals', async () => {
  const { user, tokens } = await domain.signedIn();
  const other = await domain.login(user.username);
  const [caller, call] = domain.bearer(tokens.accessToken);
  await domain.auth.revokeSession({ sessionId: other.tokens.sessionId.toUpperCase() }, caller, call);
  expect((await domain.auth.listSessions(caller, call)).map(({ id }) => id)).toEqual([tokens.sessionId]);
  await domain.signedIn();
  const first = await domain.admin.listUsers({ ...PAGE, pageSize: 1 }, call);
  const next = await domain.admin.listUsers({ ...PAGE, pageToken: first.nextPageToken.toUpperCase() }, call);
  expect(next.users.map(({ id }) => id)).not.toContain(user.id);
  expect(next.users).toHaveLength(1);
});

test.each([
  ' %',
  '% ',
  '\t%\t',
  '\u00a0%\u00a0',
  '\ufeff%',
  '\u3000%\r\n',
])('Login and GetUser take a name within white space, %j, and count no failure', async (within) => {
  const { user } = await domain.signedIn();
  for (const name of [user.username, user.email]) {
    const typed = within.replace('%', name);
    expect((await domain.login(typed)).user.id).toBe(user.id);
    const by = name.includes('@') ? 'email' : 'username';
    expect((await domain.admin.getUser({ by, value: typed }, domain.call())).id).toBe(user.id);
  }
  expect(domain.eventTypes()).not.toContain('login.failed');
});

test('failures with and without white space around an unknown name count as one account’s [B3]', async () => {
  const attempt = (username: string) =>
    refusalReason(() => domain.auth.login({ username, password: 'wrong password', deviceName: '' }, domain.call()));
  for (let i = 0; i < 10; i += 1) expect(await attempt(`nobody${' '.repeat(i)}`)).toBe('BAD_CREDENTIALS');
  expect(await attempt('nobody')).toBe('RATE_LIMITED');
});

test('SetUserRoles and CreateUser refuse more roles than an access token holds, and Login works with as many as they take', async () => {
  const many = Array.from({ length: 60 }, (_, i) => `role-${i}-`.padEnd(48, 'x'));
  await domain.close();
  domain = await openDomain({ knownRoles: ['user', 'admin', ...many] });
  const username = '\u{1f130}'.length === 2 ? '\u{20000}'.repeat(64) : '';
  const account = { email: 'long@example.com', username, password: PASSWORD };
  const create = (roles: string[]) =>
    refusalReason(() => domain.admin.createUser({ ...account, roles }, '', domain.call()));
  expect(await create(many)).toBe('INVALID_FIELDS');
  const { user } = await domain.signedIn();
  const set = (roles: string[]) =>
    refusalReason(() => domain.admin.setUserRoles({ userId: user.id, roles }, '', domain.call()));
  expect(await set(many)).toBe('INVALID_FIELDS');
  expect((await domain.store.users.findById(user.id, domain.call()))?.roles).toEqual(['user']);
  let most = many.length;
  while ((await set(many.slice(0, most))) !== 'OK') most -= 1;
  expect(most).toBeGreaterThan(20);
  expect(await create(many.slice(0, most))).toBe('OK');
  const { tokens } = await domain.login(username);
  expect(tokens.accessToken.length).toBeLessThanOrEqual(4096);
  expect(
    domain.auth.validate({ accessToken: tokens.accessToken, allowAnonymous: false, fresh: false }, domain.call()),
  ).toMatchObject({
    username,
    roles: many.slice(0, most),
  });
  expect(await refusalReason(() => domain.auth.refresh(tokens, domain.call()))).toBe('OK');
});

test('Login writes nothing when the token cannot be made', async () => {
  const { user } = await domain.signedIn();
  const roles = Array.from({ length: 100 }, (_, i) => `role-${i}-`.padEnd(48, 'x'));
  await domain.store.users.setRoles(user.id, roles, domain.call());
  await expect(domain.login(user.username)).rejects.toThrow(`user ${user.id} has too many roles; take some away`);
  const live = await domain.store.sessions.listLive(user.id, { now: new Date(domain.clock.now()) }, domain.call());
  expect(live).toHaveLength(1);
});

test('ListSessions answers with the newest thousand sessions, within what a client takes', async () => {
  const { user, tokens } = await domain.signedIn();
  const texts = { deviceName: '\u{1f130}'.repeat(128), userAgent: 'x'.repeat(256) };
  for (let i = 0; i < 1_200; i += 100) {
    const createdAt = new Date(domain.clock.now() - 60_000 - i);
    const sessions = Array.from({ length: 100 }, () => aSession({ userId: user.id, createdAt, ...texts }));
    await Promise.all(sessions.map((session) => domain.store.sessions.insert(session, domain.call())));
  }
  const listed = await domain.auth.listSessions(...domain.bearer(tokens.accessToken));
  expect(listed).toHaveLength(1_000);
  expect(listed[0]).toMatchObject({ id: tokens.sessionId, current: true });
  expect(Buffer.byteLength(JSON.stringify(listed))).toBeLessThan(2 * 2 ** 20);
});

test('A page of users ends before the answer is longer than clients take, and goes on from there', () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => i);
  expect(withinBytes(rows, () => 1_000)).toHaveLength(1_000);
  expect(withinBytes(rows, () => 10_000)).toHaveLength(209);
  expect(withinBytes(rows, () => 10_000_000)).toEqual([0]);
  expect(withinBytes([], () => 1)).toEqual([]);
});

test('A refusal that names 400 roles travels in a trailer of less than 8 KiB', async () => {
  const many = Array.from({ length: 400 }, (_, i) => `role-${i}-`.padEnd(48, 'x'));
  await domain.close();
  domain = await openDomain({ knownRoles: ['user', ...many] });
  const { user } = await domain.signedIn();
  const refusal = domain.admin.setUserRoles({ userId: user.id, roles: ['root'] }, '', domain.call());
  const error = (await refusal.catch((caught: unknown) => caught)) as AuthError;
  expect(error).toBeInstanceOf(AuthError);
  expect(error.violations[0]?.description).toMatch(/^Each role must be one of: user, role-0-/);
  expect(reasonDetails(error, 3, 'Invalid request').toString('base64').length).toBeLessThan(1_000);
});
