import { randomUUID } from 'node:crypto';
import { callJson } from '../../call-json';
import { PASSWORD } from '../../seed';
import { type Bench, type Operation, ordinary } from './operations';

/** Each is made ready by calls that hash passwords, so there are fewer of them. */
const CALLS = 8;
/** Of calls under a millisecond, whose median of a few shows more of the machine than of the store. */
const SHORT_CALLS = 40;
const NEW_PASSWORD = 'another long and lasting passphrase';
const AUTH = 'postern.auth.v1.AuthService';
const ADMIN = 'postern.auth.v1.AdminService';

interface Account {
  readonly id: string;
  readonly email: string;
  readonly bearer: string;
}

/** The RPCs that `OPERATIONS` does not measure more closely, of ordinary users. */
export const EVERY_OTHER_RPC: readonly Operation[] = [
  rpc(
    'Validate of a fresh answer',
    async (on) => {
      const { bearer } = await loggedIn(on);
      return auth(on, 'Validate', { accessToken: bearer, fresh: true });
    },
    SHORT_CALLS,
  ),
  rpc(
    'CheckRole',
    async (on) => {
      const { bearer } = await loggedIn(on);
      return auth(on, 'CheckRole', { accessToken: bearer, roles: ['user'] });
    },
    SHORT_CALLS,
  ),
  rpc('BatchValidate', async (on) => {
    const { bearer } = await loggedIn(on);
    return auth(on, 'BatchValidate', { accessTokens: Array(100).fill(bearer) });
  }),
  rpc('GetCurrentUser', async (on) => auth(on, 'GetCurrentUser', {}, (await loggedIn(on)).bearer)),
  rpc('ListSessions', async (on) => auth(on, 'ListSessions', {}, (await loggedIn(on)).bearer)),
  rpc('RevokeSession', async (on) => {
    const { bearer } = await loggedIn(on);
    const { sessions } = await callJson<{ sessions: { id: string }[] }>(
      on.httpAddress,
      `${AUTH}/ListSessions`,
      {},
      bearer,
    );
    return auth(on, 'RevokeSession', { sessionId: sessions[0]?.id }, bearer);
  }),
  rpc('Register', async (on) => auth(on, 'Register', newAccount())),
  rpc('ChangePassword', async (on) => {
    const passwords = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    return auth(on, 'ChangePassword', passwords, (await newcomer(on)).bearer);
  }),
  rpc('CreateMyApiKey', async (on) => auth(on, 'CreateMyApiKey', { name: 'growth' }, (await newcomer(on)).bearer)),
  rpc('ListMyApiKeys', async (on, n) => auth(on, 'ListMyApiKeys', {}, (await loggedIn(on, ordinary(n))).bearer)),
  rpc('RevokeMyApiKey', async (on) => {
    const { bearer, keyId } = await newKey(on);
    return auth(on, 'RevokeMyApiKey', { keyId }, bearer);
  }),
  rpc('ExchangeApiKey', async (on) => auth(on, 'ExchangeApiKey', { apiKey: (await newKey(on)).apiKey })),
  rpc('RequestPasswordReset', async (on) => auth(on, 'RequestPasswordReset', { email: (await created(on)).email })),
  rpc('ResetPassword', async (on) => {
    const token = await accountToken(on, 'PASSWORD_RESET');
    return auth(on, 'ResetPassword', { token, newPassword: NEW_PASSWORD });
  }),
  rpc('RequestEmailVerification', async (on) => auth(on, 'RequestEmailVerification', {}, (await newcomer(on)).bearer)),
  rpc('VerifyEmail', async (on) => auth(on, 'VerifyEmail', { token: await accountToken(on, 'EMAIL_VERIFICATION') })),
  rpc('RequestEmailChange', async (on) => {
    const { bearer } = await newcomer(on);
    return auth(on, 'RequestEmailChange', { newEmail: newAccount().email, password: PASSWORD }, bearer);
  }),
  rpc('CreateUser', async (on) => admin(on, 'CreateUser', newAccount())),
  rpc('SetUserRoles', async (on) => {
    return admin(on, 'SetUserRoles', { userId: (await created(on)).id, roles: ['user', 'moderator'] });
  }),
  rpc('SetUserActive', async (on) => admin(on, 'SetUserActive', { userId: (await newcomer(on)).id, active: false })),
  rpc('SetUserPassword', async (on) => {
    return admin(on, 'SetUserPassword', { userId: (await newcomer(on)).id, newPassword: NEW_PASSWORD });
  }),
  rpc('SetUserEmail', async (on) => {
    return admin(on, 'SetUserEmail', { userId: (await created(on)).id, email: newAccount().email });
  }),
  rpc('UnlockUser', async (on) => admin(on, 'UnlockUser', { userId: (await created(on)).id })),
  rpc('DeleteUser', async (on) => admin(on, 'DeleteUser', { userId: (await newcomer(on)).id })),
  rpc('RevokeUserSessions', async (on) => admin(on, 'RevokeUserSessions', { userId: (await newcomer(on)).id })),
  rpc('CreateAccountToken', async (on) => {
    const purpose = 'ACCOUNT_TOKEN_PURPOSE_PASSWORD_RESET';
    return admin(on, 'CreateAccountToken', { userId: (await created(on)).id, purpose });
  }),
  rpc('CreateServiceAccount', async (on) => admin(on, 'CreateServiceAccount', { username: newAccount().username })),
  rpc('CreateApiKey', async (on) => admin(on, 'CreateApiKey', { userId: (await created(on)).id, name: 'growth' })),
  rpc('RotateApiKey', async (on) => {
    return admin(on, 'RotateApiKey', { keyId: (await newKey(on)).keyId, overlapSeconds: 60 });
  }),
  rpc('RevokeApiKey', async (on) => admin(on, 'RevokeApiKey', { keyId: (await newKey(on)).keyId })),
];

/** What no operation measures, and why. */
export const NOT_MEASURED: Readonly<Record<string, string>> = {
  RotateSigningKey: 'under HS256, which the benchmark uses, SECRET_KEY is the key; signing keys are a few rows',
  WatchRevocations: 'a stream; `watchers` measures it',
  ImportUsers: 'a stream; `import` measures it',
};

function rpc(name: string, begin: Operation['begin'], calls = CALLS): Operation {
  return { name, aim: { ratio: 1.2 }, calls, isDrawn: false, begin };
}

function auth({ httpAddress }: Bench, method: string, request: object, bearer?: string): () => Promise<unknown> {
  return () => callJson(httpAddress, `${AUTH}/${method}`, request, bearer);
}

function admin({ httpAddress, admin: bearer }: Bench, method: string, request: object): () => Promise<unknown> {
  return () => callJson(httpAddress, `${ADMIN}/${method}`, request, bearer);
}

function newAccount() {
  const username = `growth-${randomUUID()}`;
  return { username, email: `${username}@example.com`, password: PASSWORD };
}

/** A new user. */
async function created({ httpAddress, admin: bearer }: Bench): Promise<Omit<Account, 'bearer'> & { username: string }> {
  const account = newAccount();
  const { user } = await callJson<{ user: { id: string } }>(httpAddress, `${ADMIN}/CreateUser`, account, bearer);
  return { ...account, id: user.id };
}

/** A user who has just logged in: a new one unless a name is given. */
async function loggedIn(on: Bench, username = ordinary(0)): Promise<{ readonly bearer: string }> {
  return { bearer: (await on.caller.login(username)).accessToken };
}

async function newcomer(on: Bench): Promise<Account> {
  const { id, email, username } = await created(on);
  return { id, email, ...(await loggedIn(on, username)) };
}

async function newKey(on: Bench): Promise<{ bearer: string; keyId: string; apiKey: string }> {
  const { bearer } = await newcomer(on);
  const asked = { name: 'growth' };
  const made = await callJson<{ apiKey: string; key: { id: string } }>(
    on.httpAddress,
    `${AUTH}/CreateMyApiKey`,
    asked,
    bearer,
  );
  return { bearer, keyId: made.key.id, apiKey: made.apiKey };
}

async function accountToken(on: Bench, purpose: string): Promise<string> {
  const request = { userId: (await created(on)).id, purpose: `ACCOUNT_TOKEN_PURPOSE_${purpose}` };
  const made = await callJson<{ token: string }>(on.httpAddress, `${ADMIN}/CreateAccountToken`, request, on.admin);
  return made.token;
}
