import { createSecretKey, type KeyObject } from 'node:crypto';
import { listAuditEvents } from '../../src/auth/admin/list-audit-events';
import type { AuditEvent } from '../../src/auth/audit/audit-event';
import { createLoginDigests } from '../../src/crypto/audit/login-digests';
import { createIds } from '../../src/crypto/ids/ids';
import { anAuditEvent } from '../support/domain/builders';
import { type Domain, openDomain, PASSWORD, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const make = (name: string, ...roles: string[]) =>
  domain.admin.createUser(
    { email: `${name}@example.com`, username: name, password: PASSWORD, roles },
    'the-actor',
    domain.call(),
  );

test('CreateUser makes a user with roles, each once, and `user` where none is given', async () => {
  expect((await make('boss', 'admin', 'user', 'admin')).roles).toEqual(['admin', 'user']);
  expect((await make('plain')).roles).toEqual(['user']);
  expect(await refusalReason(() => make('other', 'king'))).toBe('INVALID_FIELDS');
  expect(domain.events[0]).toMatchObject({ type: 'user.created', actorId: 'the-actor' });
});

test('only a user who holds `admin` now may administer', async () => {
  await make('root', 'admin');
  const { tokens, user } = await domain.signedIn();
  const authorize = () => domain.admin.authorize(domain.call({ bearer: tokens.accessToken }));
  expect(await refusalReason(() => domain.admin.authorize(domain.call()))).toBe('INVALID_TOKEN');
  expect(await refusalReason(authorize)).toBe('ROLE_MISSING');
  await domain.admin.setUserRoles({ userId: user.id, roles: ['admin'] }, '', domain.call());
  expect((await authorize()).actorId).toBe(user.id);
  await domain.admin.setUserRoles({ userId: user.id, roles: ['user'] }, '', domain.call());
  expect(await refusalReason(authorize)).toBe('ROLE_MISSING');
});

test('AdminService admits a client without a bearer only when its certificate has a listed name; a bearer decides first [E2]', async () => {
  const { tokens } = await domain.signedIn();
  const clientNames = ['spiffe://example.org/ops', 'ops.example.org'];
  expect(await domain.admin.authorize(domain.call({ clientNames }))).toEqual({ actorId: 'ops.example.org' });
  for (const others of [[], ['ops.example.org.evil.net'], ['OPS.example.org'], ['example.org']]) {
    const authorize = () => domain.admin.authorize(domain.call({ clientNames: others }));
    expect(await refusalReason(authorize)).toBe('INVALID_TOKEN');
  }
  const withBearer = (bearer: string) => () => domain.admin.authorize(domain.call({ clientNames, bearer }));
  expect(await refusalReason(withBearer(tokens.accessToken))).toBe('ROLE_MISSING');
  expect(await refusalReason(withBearer('nonsense'))).toBe('INVALID_TOKEN');
});

test('GetUser finds a user by id, email or username, and refuses no key and an unknown one', async () => {
  const user = await make('grace');
  const get = (by: 'user_id' | 'email' | 'username', value: string) =>
    domain.admin.getUser({ by, value }, domain.call());
  for (const found of [
    await get('user_id', user.id),
    await get('email', 'GRACE@example.com'),
    await get('username', 'Grace'),
  ]) {
    expect(found).toEqual(user);
  }
  expect(await refusalReason(() => get('username', 'nobody'))).toBe('USER_NOT_FOUND');
  expect(await refusalReason(() => get('email', ''))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => domain.admin.getUser(undefined, domain.call()))).toBe('INVALID_FIELDS');
});

test('ListUsers lists users a page at a time, none twice and none left out while users are added', async () => {
  const names = Array.from({ length: 7 }, (_, i) => `list-${i}`);
  for (const name of names) await make(name);
  await make('unlisted');
  const list = (pageToken: string, pageSize = 3) =>
    domain.admin.listUsers({ pageSize, pageToken, query: 'LIST-' }, domain.call());
  const seen: string[] = [];
  let token = '';
  do {
    const page = await list(token);
    seen.push(...page.users.map(({ username }) => username));
    token = page.nextPageToken;
    if (seen.length === 3) await make('list-new');
  } while (token !== '');
  expect(seen).toEqual([...names, 'list-new']);
  expect(await refusalReason(() => list('not a token'))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => list('', 1001))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => list('', -1))).toBe('INVALID_FIELDS');
});

test('the last active admin cannot be demoted, disabled or deleted', async () => {
  const root = await make('root', 'admin');
  const spare = await make('spare', 'admin');
  const { admin } = domain;
  await admin.setUserActive({ userId: spare.id, active: false }, '', domain.call());
  const attempts = [
    () => admin.setUserRoles({ userId: root.id, roles: ['user'] }, '', domain.call()),
    () => admin.setUserActive({ userId: root.id, active: false }, '', domain.call()),
    () => admin.deleteUser({ userId: root.id }, '', domain.call()),
  ];
  for (const attempt of attempts) expect(await refusalReason(attempt)).toBe('LAST_ADMIN');
  await admin.setUserActive({ userId: spare.id, active: true }, '', domain.call());
  await admin.deleteUser({ userId: root.id }, '', domain.call());
  expect(await refusalReason(() => admin.getUser({ by: 'user_id', value: root.id }, domain.call()))).toBe(
    'USER_NOT_FOUND',
  );
});

test('Disabling a user ends their sessions for good, and deleting one frees the names [A14]', async () => {
  const { tokens, user } = await domain.signedIn();
  await domain.admin.setUserActive({ userId: user.id, active: false }, 'boss', domain.call());
  expect(await refusalReason(() => domain.login(user.username))).toBe('BAD_CREDENTIALS');
  expect(await refusalReason(() => domain.auth.refresh(tokens, domain.call()))).toBe('INVALID_REFRESH_TOKEN');
  await domain.admin.deleteUser({ userId: user.id }, 'boss', domain.call());
  const again = { email: user.email, username: user.username, password: PASSWORD };
  expect((await domain.auth.register(again, domain.call())).id).not.toBe(user.id);
  const audited = domain.events.filter(({ actorId }) => actorId === 'boss').map(({ type }) => type);
  expect(audited).toEqual(expect.arrayContaining(['user.disabled', 'session.ended', 'user.deleted']));
});

test('a deletion that dies half-way leaves a disabled user, who can be enabled or deleted again', async () => {
  const { user, tokens } = await domain.signedIn();
  jest.spyOn(domain.store.users, 'delete').mockRejectedValueOnce(new Error('the process died here'));
  const remove = () => domain.admin.deleteUser({ userId: user.id }, '', domain.call());
  await expect(remove()).rejects.toThrow('died');
  const validate = (accessToken: string) =>
    refusalReason(() => domain.auth.validate({ accessToken, allowAnonymous: false, fresh: false }, domain.call()));
  expect(await validate(tokens.accessToken)).toBe('USER_INACTIVE');
  await domain.admin.setUserActive({ userId: user.id, active: true }, '', domain.call());
  expect(await validate((await domain.login(user.username)).tokens.accessToken)).toBe('OK');
  await remove();
  expect(await validate(tokens.accessToken)).toBe('TOKEN_REVOKED');
});

test('ListAuditEvents refuses a time that is none', async () => {
  const list = (occurredAfter: Date | undefined) =>
    domain.admin.listAuditEvents(
      { pageSize: 0, pageToken: '', userId: '', type: '', occurredAfter, occurredBefore: undefined },
      domain.call(),
    );
  expect(await refusalReason(() => list(new Date(Number.NaN)))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => list(new Date(0)))).toBe('OK');
});

test('RevokeUserSessions ends all sessions of a user and says how many; unknown users are not found', async () => {
  const { user, tokens } = await domain.signedIn();
  await domain.login(user.username);
  const revoke = (userId: string) => domain.admin.revokeUserSessions({ userId }, '', domain.call());
  expect(await revoke(user.id)).toBe(2);
  expect(await refusalReason(() => domain.auth.refresh(tokens, domain.call()))).toBe('INVALID_REFRESH_TOKEN');
  expect(await refusalReason(() => revoke(tokens.sessionId))).toBe('USER_NOT_FOUND');
  expect(await refusalReason(() => revoke(''))).toBe('INVALID_FIELDS');
});

describe('Audit events', () => {
  const AUDIT = {
    pageSize: 0,
    pageToken: '',
    userId: '',
    type: '',
    occurredAfter: undefined,
    occurredBefore: undefined,
  };

  test('of users name them as they were called then, also after they were deleted [F4]', async () => {
    const account = { email: 'ada@example.com', username: 'Ada', password: PASSWORD, roles: [] };
    const { id: userId } = await domain.admin.createUser(account, 'cli', domain.call());
    await domain.admin.setUserRoles({ userId, roles: ['moderator'] }, 'cli', domain.call());
    await domain.admin.unlockUser({ userId }, 'cli', domain.call());
    await domain.admin.setUserActive({ userId, active: false }, 'cli', domain.call());
    await domain.admin.setUserActive({ userId, active: true }, 'cli', domain.call());
    await domain.admin.deleteUser({ userId }, 'cli', domain.call());
    await domain.admin.createServiceAccount({ username: 'Robot', roles: [] }, 'cli', domain.call());
    await domain.auth.register({ email: 'b@example.com', username: 'Bea', password: PASSWORD }, domain.call());
    const ofUsers = domain.events.filter(({ type }) => type.startsWith('user.'));
    expect(ofUsers.map(({ type, username }) => [type, username])).toEqual([
      ['user.created', 'Ada'],
      ['user.roles_changed', 'Ada'],
      ['user.unlocked', 'Ada'],
      ['user.disabled', 'Ada'],
      ['user.enabled', 'Ada'],
      ['user.deleted', 'Ada'],
      ['user.created', 'Robot'],
      ['user.registered', 'Bea'],
    ]);
  });

  test('of earlier versions have what was added since, and a time finds them by their only one', async () => {
    const { username: _1, loginDigest: _2, count: _3, lastOccurredAt: _4, ...old } = anAuditEvent();
    await domain.store.auditLog.append([old as AuditEvent]);
    const list = (occurredAfter: Date) => domain.admin.listAuditEvents({ ...AUDIT, occurredAfter }, domain.call());
    const whole = { ...old, username: '', loginDigest: '', count: 1, lastOccurredAt: old.occurredAt };
    expect((await list(old.occurredAt)).events).toEqual([whole]);
    expect((await list(new Date(old.occurredAt.getTime() + 1))).events).toEqual([]);
  });

  test('that count repetitions are found by every time between their first and their last', async () => {
    const occurredAt = new Date(domain.clock.now());
    const later = (ms: number) => new Date(occurredAt.getTime() + ms);
    const event = anAuditEvent({
      id: createIds().at(occurredAt.getTime()),
      occurredAt,
      count: 2,
      lastOccurredAt: later(599_999),
    });
    await domain.store.auditLog.append([event]);
    const found = async (occurredAfter: Date | undefined, occurredBefore?: Date) =>
      (await domain.admin.listAuditEvents({ ...AUDIT, occurredAfter, occurredBefore }, domain.call())).events.length;
    expect(await found(occurredAt)).toBe(1);
    expect(await found(later(599_999))).toBe(1);
    expect(await found(later(600_000))).toBe(0);
    expect(await found(later(300_000), later(300_001))).toBe(1);
    expect(await found(undefined, occurredAt)).toBe(0);
  });

  test('of a name are found under SECRET_KEY and SECRET_KEY_PREVIOUS, a page at a time', async () => {
    const [older, newer] = ['before', 'now'].map((secret) => createSecretKey(Buffer.from(secret.repeat(16))));
    const before = createLoginDigests({ current: older as KeyObject, previous: undefined });
    const now = createLoginDigests({ current: newer as KeyObject, previous: older });
    const tries = [before, now, before, now].map((digests) =>
      anAuditEvent({ userId: '', loginDigest: digests.digest('nobody') }),
    );
    await domain.store.auditLog.append([...tries, anAuditEvent({ userId: '', loginDigest: now.digest('another') })]);
    const list = listAuditEvents({ ...domain.deps, loginDigests: now });
    const seen: AuditEvent[] = [];
    let pageToken = '';
    do {
      const page = await list({ ...AUDIT, login: 'NOBODY', pageSize: 3, pageToken }, domain.call());
      seen.push(...page.events);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(tries.reverse());
  });
});
