import type { BatchValidateResponse } from '../../../src/gen/postern/auth/v1/auth_service';
import { type AppCalls, appCalls, INVALID_TOKEN, PASSWORD, refusal } from '../../support/grpc/app-calls';
import { type StartedApp, startApp } from '../../support/processes/start-app';

let started: StartedApp;
let calls: AppCalls;
let token: string;
beforeAll(async () => {
  started = await startApp({ LOGIN_MAX_FAILURES: '2' });
  calls = appCalls(started);
  token = await calls.adminToken();
});
afterAll(() => started.stop());

describe('BatchValidate', () => {
  const validate = async (accessTokens: string[]) => {
    const { results } = (await calls.auth('batchValidate', { accessTokens })) as unknown as BatchValidateResponse;
    return results.map(({ outcome }) =>
      outcome?.$case === 'principal' ? outcome.principal.username : outcome?.$case === 'error' && outcome.error,
    );
  };

  test('answers for each token in the order of the tokens, the good and the refused mixed', async () => {
    const [one, two, ended] = [await calls.newUser(), await calls.newUser(), await calls.newUser()];
    await calls.auth('revokeAllSessions', { keepCurrent: false }, ended.tokens.accessToken);
    const refused = (reason: string) => ({ code: 16, reason, message: 'Could not validate credentials' });
    const tokens = [two, ended, one].map((user) => user.tokens.accessToken);
    expect(await validate([...tokens, '', 'nonsense', one.tokens.refreshToken, ...tokens])).toEqual([
      two.account.username,
      refused('TOKEN_REVOKED'),
      one.account.username,
      refused('INVALID_TOKEN'),
      refused('INVALID_TOKEN'),
      refused('INVALID_TOKEN'),
      two.account.username,
      refused('TOKEN_REVOKED'),
      one.account.username,
    ]);
  });

  test('takes 100 tokens, and neither 101 nor none', async () => {
    const { tokens, account } = await calls.newUser();
    const many = (count: number) => Array<string>(count).fill(tokens.accessToken);
    expect(await validate(many(100))).toEqual(Array(100).fill(account.username));
    const refused = ['INVALID_ARGUMENT', 'INVALID_FIELDS', ['access_tokens']];
    for (const count of [101, 0]) {
      expect(await refusal(calls.auth('batchValidate', { accessTokens: many(count) }))).toEqual(refused);
    }
  });
});

describe('UnlockUser', () => {
  test('lets an owner in at once who had been locked out by failures', async () => {
    const { account, user } = await calls.newUser();
    const login = (password: string) => calls.auth('login', { username: account.username, password, deviceName: '' });
    for (const _ of [1, 2])
      expect(await refusal(login('not this one'))).toEqual(['UNAUTHENTICATED', 'BAD_CREDENTIALS']);
    expect(await refusal(login(PASSWORD))).toEqual(['RESOURCE_EXHAUSTED', 'RATE_LIMITED']);
    await calls.admin('unlockUser', { userId: user.id }, token);
    expect((await login(PASSWORD)).user.id).toBe(user.id);
  });

  test('refuses an unknown user, and none at all', async () => {
    const unknown = { userId: '01900000-0000-7000-8000-000000000000' };
    expect(await refusal(calls.admin('unlockUser', unknown, token))).toEqual(['NOT_FOUND', 'USER_NOT_FOUND']);
    expect(await refusal(calls.admin('unlockUser', { userId: '' }, token))).toEqual([
      'INVALID_ARGUMENT',
      'INVALID_FIELDS',
      ['user_id'],
    ]);
  });
});

test('RotateSigningKey says under HS256 that SECRET_KEY is the key', async () => {
  expect(await refusal(calls.admin('rotateSigningKey', { leadSeconds: 0 }, token))).toEqual([
    'FAILED_PRECONDITION',
    'KEY_NOT_ROTATABLE',
  ]);
});

test.each([
  'unlockUser',
  'listAuditEvents',
  'rotateSigningKey',
] as const)('%s refuses a caller without a token, and one who is no admin', async (name) => {
  const { tokens } = await calls.newUser();
  const request = { userId: '', type: '', pageSize: 0, pageToken: '', leadSeconds: 0 };
  expect(await refusal(calls.admin(name, request))).toEqual(INVALID_TOKEN);
  expect(await refusal(calls.admin(name, request, tokens.accessToken))).toEqual(['PERMISSION_DENIED', 'ROLE_MISSING']);
});

describe('the last active admin', () => {
  test('is the one left when the others were demoted, disabled or deleted', async () => {
    const roles = ['admin'];
    const others = await Promise.all(
      ['ann', 'bea', 'cyd'].map(async (username) => {
        const account = { email: `${username}@example.com`, username, password: PASSWORD, roles };
        return (await calls.admin('createUser', account, token)).user.id;
      }),
    );
    const [demoted = '', disabled = '', deleted = ''] = others;
    await calls.admin('setUserRoles', { userId: demoted, roles: ['user'] }, token);
    await calls.admin('setUserActive', { userId: disabled, active: false }, token);
    await calls.admin('deleteUser', { userId: deleted }, token);
    const { users } = await calls.admin('listUsers', { pageSize: 0, pageToken: '', query: 'root' }, token);
    const last = users[0]?.id ?? '';
    const lost = ['FAILED_PRECONDITION', 'LAST_ADMIN'];
    expect(await refusal(calls.admin('setUserRoles', { userId: last, roles: ['user'] }, token))).toEqual(lost);
    expect(await refusal(calls.admin('setUserActive', { userId: last, active: false }, token))).toEqual(lost);
    expect(await refusal(calls.admin('deleteUser', { userId: last }, token))).toEqual(lost);
    // A disabled admin may go; and one that is enabled again counts.
    await calls.admin('setUserActive', { userId: disabled, active: true }, token);
    await calls.admin('setUserRoles', { userId: last, roles: ['user', 'admin'] }, token);
    await calls.admin('deleteUser', { userId: disabled }, token);
  });
});
