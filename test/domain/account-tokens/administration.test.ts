import { anId } from '../../support/domain/builders';
import { type Domain, openDomain, PASSWORD, refusalReason } from '../../support/domain/domain';
import {
  aPerson,
  login,
  NEW_PASSWORD,
  openDomainWithMail,
  readToken,
  reset,
  setPassword,
  stored,
  verify,
} from './tools';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomainWithMail();
});
afterEach(() => domain.close());

const aServiceAccount = () =>
  domain.admin.createServiceAccount({ username: 'billing', roles: ['service'] }, '', domain.call());

/** Makes an account token as the bearer. */
async function createToken(
  userId: string,
  bearer: string,
  purpose: 'password-reset' | 'email-verification' | undefined = 'password-reset',
) {
  const call = domain.call({ bearer });
  return domain.admin.createAccountToken({ userId, purpose }, await domain.admin.authorizeTokenMaker(call), call);
}

async function anAdmin() {
  const { user, tokens } = await aPerson(domain);
  await domain.admin.setUserRoles({ userId: user.id, roles: ['admin'] }, '', domain.call());
  return { user, accessToken: tokens.accessToken };
}

async function anApiKey(userId: string) {
  const fields = { userId, name: 'key', roles: [], expiresAt: undefined, allowedCidrs: [] };
  return (await domain.admin.createApiKey(fields, '', domain.call())).apiKey;
}

describe('SetUserPassword', () => {
  test('sets the password, ends sessions, forgets failures, notifies the owner and the audit trail', async () => {
    const { user, tokens } = await aPerson(domain);
    for (let i = 0; i < 10; i += 1) await refusalReason(() => login(domain, user.username, 'not the password'));
    await setPassword(domain, user.id, NEW_PASSWORD);
    expect(await refusalReason(async () => domain.auth.getCurrentUser(...domain.bearer(tokens.accessToken)))).toBe(
      'TOKEN_REVOKED',
    );
    expect((await login(domain, user.username, NEW_PASSWORD)).user.emailVerified).toBe(false);
    expect(await refusalReason(() => login(domain, user.username))).toBe('BAD_CREDENTIALS');
    expect(await domain.sendMails()).toMatchObject([{ kind: 'password-changed-notice', to: user.email }]);
    const events = domain.events.filter(({ type }) => type === 'password.changed');
    expect(events).toMatchObject([{ userId: user.id, username: user.username, actorId: 'an-admin' }]);
  });

  test('applies the policy, and refuses who has no password', async () => {
    const { user } = await aPerson(domain);
    const { id } = await aServiceAccount();
    expect(await refusalReason(() => setPassword(domain, user.id, 'short'))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => setPassword(domain, user.id, `${user.username}${user.username}`))).toBe(
      'INVALID_FIELDS',
    );
    expect(await refusalReason(() => setPassword(domain, 'no id'))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => setPassword(domain, anId()))).toBe('USER_NOT_FOUND');
    expect(await refusalReason(() => setPassword(domain, id))).toBe('SERVICE_ACCOUNT');
    await login(domain, user.username);
  });

  test('works without mail', async () => {
    const without = await openDomain();
    const { user } = await without.signedIn();
    await setPassword(without, user.id, NEW_PASSWORD);
    await login(without, user.username, NEW_PASSWORD);
    await without.close();
  });

  test('overtakes a login that renews the hash, and a change at the same moment', async () => {
    const { user } = await aPerson(domain);
    await Promise.all(Array.from({ length: 4 }, (_, i) => setPassword(domain, user.id, `a password of an admin ${i}`)));
    expect((await stored(domain, user.id))?.sessionEpoch).toBe(5);
  });
});

describe('SetUserEmail', () => {
  test('sets the address, verified or not, and leaves the sessions alone', async () => {
    const { user, tokens } = await aPerson(domain);
    const set = (email: string, verified: boolean) =>
      domain.admin.setUserEmail({ userId: user.id, email, verified }, 'root', domain.call());
    expect(await set('ada@example.com', false)).toEqual({ ...user, email: 'ada@example.com' });
    expect(await set('ada@example.com', true)).toEqual({ ...user, email: 'ada@example.com', emailVerified: true });
    expect(await set('ada@example.com', true)).toMatchObject({ emailVerified: true });
    expect(await set('bob@example.com', false)).toMatchObject({ email: 'bob@example.com', emailVerified: false });
    expect(await set('eve@example.com', true)).toMatchObject({ email: 'eve@example.com', emailVerified: true });
    const events = domain.events.filter(({ actorId }) => actorId === 'root').map(({ type }) => type);
    expect(events).toEqual(['email.changed', 'email.verified', 'email.changed', 'email.changed', 'email.verified']);
    await domain.auth.refresh({ refreshToken: tokens.refreshToken }, domain.call());
  });

  test('refuses what is taken, what is no address, and who has none', async () => {
    const [ada, bob] = [await aPerson(domain), await aPerson(domain)];
    const set = (userId: string, email: string) =>
      refusalReason(() => domain.admin.setUserEmail({ userId, email, verified: true }, '', domain.call()));
    expect(await set(ada.user.id, bob.user.email.toUpperCase())).toBe('EMAIL_TAKEN');
    expect(await set(ada.user.id, ' ada@example.com')).toBe('INVALID_FIELDS');
    expect(await set('', 'ada@example.com')).toBe('INVALID_FIELDS');
    expect(await set(anId(), 'ada@example.com')).toBe('USER_NOT_FOUND');
    expect(await set((await aServiceAccount()).id, 'ada@example.com')).toBe('SERVICE_ACCOUNT');
    expect((await stored(domain, ada.user.id))?.email).toBe(ada.user.email);
  });
});

describe('CreateAccountToken', () => {
  test('gives an admin the token and its end, and sends nothing', async () => {
    const admin = await anAdmin();
    const { user } = await aPerson(domain);
    const verification = await createToken(user.id, admin.accessToken, 'email-verification');
    const made = await createToken(user.id, admin.accessToken);
    const now = domain.clock.now();
    expect(verification.expiresAt).toEqual(new Date(now + 24 * 3_600_000));
    expect(made.expiresAt).toEqual(new Date(now + 30 * 60_000));
    expect(await domain.sendMails()).toEqual([]);
    const about = { userId: user.id, username: user.username, actorId: admin.user.id };
    expect(domain.events.at(-1)).toMatchObject({ type: 'password.reset_requested', ...about });
    expect(domain.events.at(-2)).toMatchObject({ type: 'email.verification_requested', ...about });
    const newer = await createToken(user.id, admin.accessToken);
    expect(await refusalReason(() => reset(domain, made.token))).toBe('INVALID_ACCOUNT_TOKEN');
    await verify(domain, verification.token);
    await reset(domain, newer.token);
    await login(domain, user.username, NEW_PASSWORD);
  });

  test('gives it a service too, without mail, but not for an admin', async () => {
    await domain.close();
    domain = await openDomain();
    const apiKey = await anApiKey((await aServiceAccount()).id);
    const { user } = await domain.signedIn();
    const { token } = await createToken(user.id, apiKey);
    await reset(domain, token);
    await domain.admin.setUserRoles({ userId: user.id, roles: ['user', 'admin'] }, '', domain.call());
    expect(await refusalReason(() => createToken(user.id, apiKey))).toBe('ROLE_MISSING');
    expect(domain.events.at(-1)).toMatchObject({ type: 'role.denied', reason: 'token_of_admin' });
  });

  test('gives the API key of an admin no token of an admin, and any other key none at all', async () => {
    const admin = await anAdmin();
    const { user, tokens } = await aPerson(domain);
    const apiKey = await anApiKey(admin.user.id);
    const client = domain.call({ clientNames: ['ops.example.org'] });
    await createToken(user.id, apiKey);
    expect(await refusalReason(() => createToken(admin.user.id, apiKey))).toBe('SESSION_REQUIRED');
    await createToken(admin.user.id, admin.accessToken);
    expect(await domain.admin.authorizeTokenMaker(client)).toMatchObject({ actorId: 'ops.example.org' });
    expect(await refusalReason(() => createToken(user.id, tokens.accessToken))).toBe('ROLE_MISSING');
    expect(await refusalReason(() => createToken(user.id, ''))).toBe('INVALID_TOKEN');
  });

  test('gives one for a disabled user, which is refused until the user is enabled', async () => {
    const { accessToken } = await anAdmin();
    const { user } = await aPerson(domain);
    const enable = (active: boolean) => domain.admin.setUserActive({ userId: user.id, active }, '', domain.call());
    await enable(false);
    const { token } = await createToken(user.id, accessToken);
    expect(await refusalReason(() => reset(domain, token))).toBe('INVALID_ACCOUNT_TOKEN');
    await enable(true);
    await reset(domain, token);
  });

  test('says what is wrong with what was asked', async () => {
    const { accessToken } = await anAdmin();
    expect(await refusalReason(() => createToken(anId(), accessToken))).toBe('USER_NOT_FOUND');
    expect(await refusalReason(() => createToken('x', accessToken))).toBe('INVALID_FIELDS');
    const { user } = await aPerson(domain);
    const maker = { actorId: '', adminsRefused: undefined };
    const none = () => domain.admin.createAccountToken({ userId: user.id, purpose: undefined }, maker, domain.call());
    await expect(none()).rejects.toMatchObject({ reason: 'INVALID_FIELDS', violations: [{ field: 'purpose' }] });
    expect(await refusalReason(async () => createToken((await aServiceAccount()).id, accessToken))).toBe(
      'SERVICE_ACCOUNT',
    );
  });
});

describe('The reset that an operator sends', () => {
  test('ends sessions, forgets failures, is audited and mails the link', async () => {
    const { user, tokens } = await aPerson(domain);
    for (let i = 0; i < 10; i += 1) await refusalReason(() => login(domain, user.username, 'not the password'));
    const before = domain.events.length;
    await domain.admin.sendPasswordReset({ userId: user.id }, 'cli', domain.call());
    expect(await refusalReason(async () => domain.auth.getCurrentUser(...domain.bearer(tokens.accessToken)))).toBe(
      'TOKEN_REVOKED',
    );
    await login(domain, user.username, PASSWORD);
    const mails = await domain.sendMails();
    expect(mails).toMatchObject([{ to: user.email, kind: 'password-reset' }]);
    const events = domain.events.slice(before).filter(({ type }) => type === 'password.reset_requested');
    expect(events).toMatchObject([{ userId: user.id, actorId: 'cli' }]);
    await reset(domain, readToken(mails[0]));
  });

  test('is refused without mail, and for who has no password', async () => {
    const send = (userId: string, of = domain) =>
      refusalReason(() => of.admin.sendPasswordReset({ userId }, 'cli', of.call()));
    expect(await send((await aServiceAccount()).id)).toBe('SERVICE_ACCOUNT');
    expect(await send(anId())).toBe('USER_NOT_FOUND');
    const without = await openDomain();
    const { user, tokens } = await without.signedIn();
    expect(await send(user.id, without)).toBe('MAIL_OFF');
    await without.auth.getCurrentUser(...without.bearer(tokens.accessToken));
    await without.close();
  });
});
