import { type AppCalls, appCalls, INVALID_TOKEN, PASSWORD, refusal } from '../../support/grpc/app-calls';
import { ADMIN, type StartedApp, startApp } from '../../support/processes/start-app';

let started: StartedApp;
let calls: AppCalls;
beforeAll(async () => {
  started = await startApp();
  calls = appCalls(started);
});
afterAll(() => started.stop());

describe('AdminService over the wire', () => {
  const REQUEST = {
    userId: 'x',
    roles: [],
    active: true,
    email: '',
    username: '',
    password: '',
    pageSize: 0,
    pageToken: '',
    query: '',
    key: undefined,
  };
  const NAMES = [
    'createUser',
    'getUser',
    'listUsers',
    'setUserRoles',
    'setUserActive',
    'deleteUser',
    'revokeUserSessions',
  ] as const;

  test.each(NAMES)('%s refuses a caller without a token, and one who is no admin', async (name) => {
    const { tokens } = await calls.newUser();
    expect(await refusal(calls.admin(name, REQUEST))).toEqual(INVALID_TOKEN);
    expect(await refusal(calls.admin(name, REQUEST, tokens.accessToken))).toEqual([
      'PERMISSION_DENIED',
      'ROLE_MISSING',
    ]);
  });

  test('an admin makes, finds, changes, disables and deletes users', async () => {
    const token = await calls.adminToken();
    const account = { email: 'made@example.com', username: 'made', password: PASSWORD, roles: ['service'] };
    const { user } = await calls.admin('createUser', account, token);
    expect(user.roles).toEqual(['service']);
    const found = await calls.admin('getUser', { key: { $case: 'email', email: 'MADE@example.com' } }, token);
    expect(found.user.id).toBe(user.id);
    expect(await refusal(calls.admin('getUser', { key: undefined }, token))).toEqual([
      'INVALID_ARGUMENT',
      'INVALID_FIELDS',
      ['key'],
    ]);
    const listed = await calls.admin('listUsers', { pageSize: 1, pageToken: '', query: 'MADE' }, token);
    expect(listed.users).toHaveLength(1);
    const promoted = await calls.admin('setUserRoles', { userId: user.id, roles: ['user', 'moderator'] }, token);
    expect(promoted.user.roles).toEqual(['user', 'moderator']);
    expect((await calls.admin('setUserActive', { userId: user.id, active: false }, token)).user.active).toBe(false);
    const login = calls.auth('login', { username: 'made', password: PASSWORD, deviceName: '' });
    expect(await refusal(login)).toEqual(['UNAUTHENTICATED', 'BAD_CREDENTIALS']);
    expect(await calls.admin('revokeUserSessions', { userId: user.id }, token)).toEqual({ revokedCount: 0 });
    await calls.admin('deleteUser', { userId: user.id }, token);
    expect(await refusal(calls.admin('deleteUser', { userId: user.id }, token))).toEqual([
      'NOT_FOUND',
      'USER_NOT_FOUND',
    ]);
  });

  test('the last admin stays one', async () => {
    const token = await calls.adminToken();
    const { user } = await calls.admin('getUser', { key: { $case: 'username', username: ADMIN.username } }, token);
    const lost = ['FAILED_PRECONDITION', 'LAST_ADMIN'];
    expect(await refusal(calls.admin('deleteUser', { userId: user.id }, token))).toEqual(lost);
    expect(await refusal(calls.admin('setUserActive', { userId: user.id, active: false }, token))).toEqual(lost);
    expect(await refusal(calls.admin('setUserRoles', { userId: user.id, roles: ['user'] }, token))).toEqual(lost);
  });
});
