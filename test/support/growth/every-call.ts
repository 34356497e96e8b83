import { PASSWORD } from '../../../bench/seed';
import { ADMIN } from '../processes/start-app';

/** Calls a method by its name, as JSON; the answer as JSON. */
export type CallMethod = (method: string, request: object, bearer?: string) => Promise<Answer>;

export interface Answer {
  readonly tokens: { readonly accessToken: string; readonly refreshToken: string };
  readonly user: { readonly id: string };
  readonly key: { readonly id: string };
  readonly apiKey: string;
  readonly token: string;
  readonly nextPageToken: string;
  readonly sessions: { readonly id: string; readonly current?: boolean }[];
}

const AUTH = 'postern.auth.v1.AuthService';
const ADMINISTRATION = 'postern.auth.v1.AdminService';
const NEW_PASSWORD = 'another long and lasting passphrase';

/** Calls every unary method of both services in a filled store: of sessions as an ordinary user and as the heaviest. */
export async function callEveryMethod(call: CallMethod, heavyUserId: string): Promise<void> {
  const auth = (method: string, request: object, bearer?: string) => call(`${AUTH}/${method}`, request, bearer);
  const login = (username: string, password = PASSWORD) => auth('Login', { username, password });
  const { tokens: admin } = await login(ADMIN.username, ADMIN.password);
  for (const username of ['user-150', 'user-1']) await useSessions(auth, () => login(username));
  await useApiKeys(auth, (await login('user-151')).tokens.accessToken);
  await useAccountTokens(auth, call, admin.accessToken, (await login('user-152')).tokens.accessToken);
  await administer((method, request) => call(`${ADMINISTRATION}/${method}`, request, admin.accessToken), heavyUserId);
}

type Ask = (method: string, request: object, bearer?: string) => Promise<Answer>;

async function useSessions(auth: Ask, login: () => Promise<Answer>): Promise<void> {
  const { tokens } = await login();
  const bearer = tokens.accessToken;
  for (const request of [{ accessToken: bearer }, { accessToken: bearer }]) await auth('Validate', request);
  await auth('CheckRole', { accessToken: bearer, roles: ['user'] });
  await auth('BatchValidate', { accessTokens: [bearer] });
  await auth('GetCurrentUser', {}, bearer);
  const refreshed = await auth('Refresh', { refreshToken: tokens.refreshToken });
  const { sessions } = await auth('ListSessions', {}, bearer);
  await auth('RevokeSession', { sessionId: sessions.find(({ current }) => current !== true)?.id }, bearer);
  await auth('Logout', { refreshToken: refreshed.tokens.refreshToken });
  const again = await login();
  await auth('RevokeAllSessions', { keepCurrent: true }, again.tokens.accessToken);
}

async function useApiKeys(auth: Ask, bearer: string): Promise<void> {
  const { apiKey, key } = await auth('CreateMyApiKey', { name: 'growth' }, bearer);
  await auth('Validate', {}, apiKey);
  await auth('ExchangeApiKey', { apiKey });
  await auth('ListMyApiKeys', {}, bearer);
  await auth('RevokeMyApiKey', { keyId: key.id }, bearer);
}

async function useAccountTokens(auth: Ask, call: CallMethod, admin: string, bearer: string): Promise<void> {
  const { user } = await auth('Register', { username: 'newcomer', email: 'new@example.com', password: PASSWORD });
  await auth('RequestPasswordReset', { email: 'new@example.com' });
  await auth('RequestEmailVerification', {}, bearer);
  await auth('RequestEmailChange', { newEmail: 'other@example.com', password: PASSWORD }, bearer);
  for (const [purpose, method, more] of [
    ['PASSWORD_RESET', 'ResetPassword', { newPassword: NEW_PASSWORD }],
    ['EMAIL_VERIFICATION', 'VerifyEmail', {}],
  ] as const) {
    const asked = { userId: user.id, purpose: `ACCOUNT_TOKEN_PURPOSE_${purpose}` };
    const { token } = await call(`${ADMINISTRATION}/CreateAccountToken`, asked, admin);
    await auth(method, { token, ...more });
  }
  await auth('ChangePassword', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, bearer);
}

async function administer(ask: Ask, heavyUserId: string): Promise<void> {
  const { user } = await ask('CreateUser', { username: 'made-here', email: 'made@example.com', password: PASSWORD });
  const userId = user.id;
  for (const key of [{ userId }, { email: 'user-49@example.com' }, { username: 'user-49' }]) await ask('GetUser', key);
  await ask('SetUserRoles', { userId, roles: ['user', 'moderator'] });
  await ask('SetUserPassword', { userId, newPassword: NEW_PASSWORD });
  await ask('SetUserEmail', { userId, email: 'made-2@example.com' });
  await ask('SetUserActive', { userId, active: false });
  await ask('SetUserActive', { userId, active: true });
  await ask('UnlockUser', { userId });
  const { user: service } = await ask('CreateServiceAccount', { username: 'robot', roles: ['user'] });
  const { key } = await ask('CreateApiKey', { userId: service.id, name: 'growth' });
  await ask('ListApiKeys', { userId: service.id });
  const rotated = await ask('RotateApiKey', { keyId: key.id, overlapSeconds: 60 });
  await ask('RevokeApiKey', { keyId: rotated.key.id });
  await listUsers(ask);
  await listAuditEvents(ask, heavyUserId);
  await ask('RevokeUserSessions', { userId: heavyUserId });
  await ask('RotateSigningKey', {});
  await ask('DeleteUser', { userId });
}

async function listUsers(ask: Ask): Promise<void> {
  for (const query of ['', 'user', 'user-49', 'zz', 'USER-4999@example']) {
    const { nextPageToken } = await ask('ListUsers', { query });
    if (nextPageToken) await ask('ListUsers', { query, pageToken: nextPageToken });
  }
}

async function listAuditEvents(ask: Ask, heavyUserId: string): Promise<void> {
  const long = new Date(Date.now() - 300 * 86_400_000).toISOString();
  const now = new Date().toISOString();
  for (const userId of ['', heavyUserId]) {
    for (const type of ['', 'login.failed', 'password.changed', 'api_key.rotated']) {
      for (const time of [{}, { occurredBefore: long }, { occurredAfter: now }]) {
        const request = { userId, type, ...time };
        const { nextPageToken } = await ask('ListAuditEvents', request);
        if (nextPageToken) await ask('ListAuditEvents', { ...request, pageToken: nextPageToken });
      }
    }
  }
}
