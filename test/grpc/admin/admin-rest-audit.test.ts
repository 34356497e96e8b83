import type { AuditEvent, ListAuditEventsResponse } from '../../../src/gen/postern/auth/v1/admin_service';
import { eventually } from '../../support/domain/eventually';
import { type AppCalls, appCalls, PASSWORD, refusal } from '../../support/grpc/app-calls';
import { ADMIN, type StartedApp, startApp } from '../../support/processes/start-app';

let started: StartedApp;
let calls: AppCalls;
let token: string;
let adminId: string;
beforeAll(async () => {
  started = await startApp();
  calls = appCalls(started);
  token = await calls.adminToken();
  adminId = (await calls.auth('getCurrentUser', {}, token)).user.id;
});
afterAll(() => started.stop());

interface Filter {
  userId?: string;
  type?: string;
  pageSize?: number;
  pageToken?: string;
  occurredAfter?: Date;
  occurredBefore?: Date;
}

async function page(filter: Filter): Promise<ListAuditEventsResponse> {
  const request = { userId: '', type: '', pageSize: 0, pageToken: '', ...filter };
  return (await calls.admin('listAuditEvents', request, token)) as unknown as ListAuditEventsResponse;
}

/** The events of a user once they have been written, the newest first. */
async function listEvents(userId: string, count: number): Promise<AuditEvent[]> {
  let events: AuditEvent[] = [];
  await eventually(`${count} events are written`, async () => {
    ({ events } = await page({ userId }));
    return events.length >= count;
  });
  return events;
}

async function aMadeUser(username: string): Promise<string> {
  const account = { email: `${username}@example.com`, username, password: PASSWORD, roles: ['user'] };
  return (await calls.admin('createUser', account, token)).user.id;
}

describe('the audit trail of administration', () => {
  test('says of every change who did it, what, to which user, in which call', async () => {
    const userId = await aMadeUser('grace');
    await calls.auth('login', { username: 'grace', password: PASSWORD, deviceName: '' });
    await calls.admin('setUserRoles', { userId, roles: ['moderator'] }, token);
    await calls.admin('unlockUser', { userId }, token);
    await calls.admin('revokeUserSessions', { userId }, token);
    await calls.admin('setUserActive', { userId, active: false }, token);
    await calls.admin('setUserActive', { userId, active: true }, token);
    await calls.admin('deleteUser', { userId }, token);
    const events = await listEvents(userId, 8);
    expect(events.map(({ type, actorId, reason }) => [type, actorId, reason])).toEqual([
      ['user.deleted', adminId, ''],
      ['user.enabled', adminId, ''],
      ['user.disabled', adminId, ''],
      ['session.ended', adminId, 'revoked_by_admin'],
      ['user.unlocked', adminId, ''],
      ['user.roles_changed', adminId, ''],
      ['login.succeeded', '', ''],
      ['user.created', adminId, ''],
    ]);
    for (const event of events) expect(event).toMatchObject({ userId, ipAddress: '127.0.0.1', count: 1 });
    const named = events.map(({ username }) => username);
    expect(new Set(named)).toEqual(new Set(['grace']));
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(8);
  });

  test('holds no password, no token and no hash [F2]', async () => {
    const { user, tokens, account } = await calls.newUser();
    await refusal(calls.auth('login', { username: account.username, password: 'canary-password', deviceName: '' }));
    await calls.auth('changePassword', { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }, tokens.accessToken);
    const text = JSON.stringify(await listEvents(user.id, 4));
    const secrets = ['canary-password', PASSWORD, tokens.accessToken, tokens.refreshToken, '$argon2', token];
    for (const secret of [...secrets, ADMIN.password]) expect(text).not.toContain(secret);
  });
});

describe('ListAuditEvents', () => {
  test('shows repeated refusals as one event, at once, with the first and the last time [F4]', async () => {
    const { user, account } = await calls.newUser();
    for (let i = 0; i < 3; i += 1) {
      await refusal(calls.auth('login', { username: account.username, password: `wrong-${i}`, deviceName: '' }));
    }
    await refusal(calls.auth('login', { username: 'not an account', password: 'wrong', deviceName: '' }));
    const { events } = await page({ userId: user.id, type: 'login.failed' });
    expect(events).toMatchObject([{ count: 3, username: account.username, loginDigest: '', reason: 'wrong_password' }]);
    const [{ occurredAt, lastOccurredAt }] = events as [AuditEvent];
    expect(lastOccurredAt?.getTime()).toBeGreaterThan(occurredAt?.getTime() ?? Number.NaN);
    const unknown = await page({ type: 'login.failed', pageSize: 1 });
    expect(unknown.events).toMatchObject([
      { userId: '', username: '', loginDigest: expect.stringMatching(/^[\w-]{22}$/) },
    ]);
  });

  test('filters by user, by type and by both', async () => {
    const { user } = await calls.newUser();
    const other = await calls.newUser();
    await listEvents(user.id, 2);
    await listEvents(other.user.id, 2);
    const logins = await page({ type: 'login.succeeded' });
    expect(new Set(logins.events.map(({ type }) => type))).toEqual(new Set(['login.succeeded']));
    expect(logins.events.map(({ userId }) => userId)).toEqual(expect.arrayContaining([user.id, other.user.id]));
    const both = await page({ userId: user.id, type: 'user.registered' });
    expect(both.events.map(({ type, userId }) => [type, userId])).toEqual([['user.registered', user.id]]);
    expect((await page({ userId: user.id, type: 'user.deleted' })).events).toEqual([]);
  });

  test('filters by time: from a moment on, and up to but not including one', async () => {
    const { user } = await calls.newUser();
    const [login, registration] = await listEvents(user.id, 2);
    const [later, earlier] = [login?.occurredAt as Date, registration?.occurredAt as Date];
    const types = async (filter: Filter) => (await page({ userId: user.id, ...filter })).events.map(({ type }) => type);
    expect(await types({ occurredAfter: earlier })).toEqual(['login.succeeded', 'user.registered']);
    expect(await types({ occurredAfter: new Date(earlier.getTime() + 1) })).toEqual(['login.succeeded']);
    expect(await types({ occurredBefore: later })).toEqual(['user.registered']);
    expect(await types({ occurredAfter: later, occurredBefore: later })).toEqual([]);
    expect(await types({ occurredAfter: new Date(later.getTime() + 1) })).toEqual([]);
  });

  test('pages through everything once, whatever is added meanwhile', async () => {
    const userId = await aMadeUser('henry');
    for (const role of ['user', 'moderator', 'service', 'user', 'moderator']) {
      await calls.admin('setUserRoles', { userId, roles: [role] }, token);
    }
    const expected = (await listEvents(userId, 6)).map(({ id }) => id);
    const seen: string[] = [];
    let pageToken = '';
    for (let pages = 0; pages < 10; pages += 1) {
      const { events, nextPageToken } = await page({ userId, pageSize: 2, pageToken });
      seen.push(...events.map(({ id }) => id));
      pageToken = nextPageToken;
      if (pageToken === '') break;
      await calls.admin('unlockUser', { userId }, token);
      await listEvents(userId, 7 + pages);
    }
    expect(seen).toEqual(expected);
  });

  test.each([
    [{ type: 'user.vanished' }, 'type'],
    [{ pageSize: -1 }, 'page_size'],
    [{ pageSize: 1001 }, 'page_size'],
    [{ pageToken: 'next' }, 'page_token'],
  ])('refuses %j', async (filter, field) => {
    expect(await refusal(page(filter))).toEqual(['INVALID_ARGUMENT', 'INVALID_FIELDS', [field]]);
  });
});
