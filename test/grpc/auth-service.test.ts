import { type AppCalls, appCalls, INVALID_TOKEN, PASSWORD, refusal } from '../support/grpc/app-calls';
import { type StartedApp, startApp } from '../support/processes/start-app';

let started: StartedApp;
let calls: AppCalls;
beforeAll(async () => {
  started = await startApp();
  calls = appCalls(started);
});
afterAll(() => started.stop());

describe('AuthService over the wire', () => {
  test('Register answers with the user and refuses a taken email or username and every bad field', async () => {
    const { account, user } = await calls.newUser();
    expect(user).toMatchObject({ email: account.email, active: true, roles: ['user'], emailVerified: false });
    const { email, username } = account;
    expect(await refusal(calls.auth('register', { ...account, email: email.toUpperCase() }))).toEqual([
      'ALREADY_EXISTS',
      'EMAIL_TAKEN',
    ]);
    const other = { email: 'other@example.com', username: username.toUpperCase(), password: PASSWORD };
    expect(await refusal(calls.auth('register', other))).toEqual(['ALREADY_EXISTS', 'USERNAME_TAKEN']);
    const bad = await refusal(calls.auth('register', { email: 'x', username: '!', password: 'short' }));
    expect(bad).toEqual(['INVALID_ARGUMENT', 'INVALID_FIELDS', ['email', 'username', 'password']]);
  });

  test('Login refuses an unknown user and a wrong password alike [B1]', async () => {
    const { account } = await calls.newUser();
    const tries = [account.username, 'nobody-here'].map((username) =>
      refusal(calls.auth('login', { username, password: 'wrong-password-1', deviceName: '' })),
    );
    expect(await Promise.all(tries)).toEqual(Array(2).fill(['UNAUTHENTICATED', 'BAD_CREDENTIALS']));
  });

  test('Validate, CheckRole and GetCurrentUser know the holder of a token; CheckRole demands a role', async () => {
    const { user, tokens } = await calls.newUser();
    const token = tokens.accessToken;
    const validated = await calls.auth('validate', { accessToken: token, allowAnonymous: false, fresh: true });
    expect(validated.principal).toMatchObject({ userId: user.id, sessionId: tokens.sessionId, anonymous: false });
    const asked = { accessToken: '', allowAnonymous: false, fresh: false };
    expect((await calls.auth('validate', asked, token)).principal.userId).toBe(user.id);
    expect(await calls.auth('checkRole', { accessToken: token, roles: ['admin', 'user'] })).toMatchObject({
      matchedRole: 'user',
    });
    expect(await refusal(calls.auth('checkRole', { accessToken: token, roles: ['admin'] }))).toEqual([
      'PERMISSION_DENIED',
      'ROLE_MISSING',
    ]);
    expect(await refusal(calls.auth('checkRole', { accessToken: token, roles: [] }))).toEqual([
      'INVALID_ARGUMENT',
      'INVALID_FIELDS',
      ['roles'],
    ]);
    expect((await calls.auth('getCurrentUser', {}, token)).user.id).toBe(user.id);
  });

  test('allow_anonymous answers OK without a token; a refresh token is no access token, nor the other way round [C8]', async () => {
    const { tokens } = await calls.newUser();
    const anonymous = await calls.auth('validate', { accessToken: '', allowAnonymous: true, fresh: false });
    expect(anonymous.principal).toMatchObject({ anonymous: true, anonymousReason: 'INVALID_TOKEN', userId: '' });
    const wrong = { accessToken: tokens.refreshToken, allowAnonymous: false, fresh: false };
    expect(await refusal(calls.auth('validate', wrong))).toEqual(INVALID_TOKEN);
    const mixed = refusal(calls.auth('refresh', { refreshToken: tokens.accessToken }));
    expect(await mixed).toEqual(['UNAUTHENTICATED', 'INVALID_REFRESH_TOKEN']);
  });

  test.each([
    'getCurrentUser',
    'listSessions',
    'revokeSession',
    'revokeAllSessions',
    'changePassword',
  ] as const)('%s without a bearer is INVALID_TOKEN', async (name) => {
    const request = { sessionId: '', keepCurrent: false, currentPassword: '', newPassword: '' };
    expect(await refusal(calls.auth(name, request))).toEqual(INVALID_TOKEN);
  });

  test('Refresh gives new tokens, Logout ends the session for good', async () => {
    const { tokens } = await calls.newUser();
    const renewed = (await calls.auth('refresh', { refreshToken: tokens.refreshToken })).tokens;
    expect(renewed).toMatchObject({ tokenType: 'Bearer', sessionId: tokens.sessionId });
    await calls.auth('logout', { refreshToken: renewed.refreshToken });
    const { accessToken } = renewed;
    const after = refusal(calls.auth('validate', { accessToken, allowAnonymous: false, fresh: false }));
    expect(await after).toEqual(['UNAUTHENTICATED', 'TOKEN_REVOKED']);
    await calls.auth('logout', { refreshToken: 'never issued' });
  });

  test('sessions are listed, one is ended, then all but the present one', async () => {
    const { account, tokens } = await calls.newUser();
    const token = tokens.accessToken;
    const login = { username: account.username, password: PASSWORD, deviceName: 'a laptop' };
    const second = (await calls.auth('login', login)).tokens;
    await calls.auth('login', login);
    const { sessions } = await calls.auth('listSessions', {}, token);
    expect(sessions.map(({ current }) => current)).toEqual([false, false, true]);
    expect(sessions[0]).toMatchObject({ deviceName: 'a laptop', ipAddress: '127.0.0.1' });
    await calls.auth('revokeSession', { sessionId: second.sessionId }, token);
    const again = refusal(calls.auth('revokeSession', { sessionId: second.sessionId }, token));
    expect(await again).toEqual(['NOT_FOUND', 'SESSION_NOT_FOUND']);
    expect(await calls.auth('revokeAllSessions', { keepCurrent: true }, token)).toEqual({ revokedCount: 1 });
  });

  test('ChangePassword demands the present password and a sound new one', async () => {
    const { account, tokens } = await calls.newUser();
    const change = (currentPassword: string, newPassword: string) =>
      calls.auth('changePassword', { currentPassword, newPassword }, tokens.accessToken);
    expect(await refusal(change('wrong-password-1', 'cobalt-river-engine-4'))).toEqual([
      'UNAUTHENTICATED',
      'BAD_CREDENTIALS',
    ]);
    expect(await refusal(change(PASSWORD, 'short'))).toEqual(['INVALID_ARGUMENT', 'INVALID_FIELDS', ['new_password']]);
    await change(PASSWORD, 'cobalt-river-engine-4');
    await calls.auth('login', { username: account.email, password: 'cobalt-river-engine-4', deviceName: '' });
  });
});
