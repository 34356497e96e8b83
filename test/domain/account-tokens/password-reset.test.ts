import { type Domain, PASSWORD, refusalReason } from '../../support/domain/domain';
import {
  aPerson,
  login,
  NEW_PASSWORD,
  openDomainWithMail,
  readToken,
  requestReset,
  reset,
  setPassword,
  stored,
} from './tools';

const MINUTE_MS = 60_000;

let domain: Domain;
beforeEach(async () => {
  domain = await openDomainWithMail();
});
afterEach(() => domain.close());

describe('A password reset', () => {
  test('sets the password by the token of a mail, verifies the address and does not log in [I6]', async () => {
    const { user } = await aPerson(domain);
    await domain.auth.requestPasswordReset({ email: ` ${user.email.toUpperCase()} ` }, domain.call());
    const [mail] = await domain.sendMails();
    expect(mail).toEqual({
      to: user.email,
      kind: 'password-reset',
      values: {
        username: user.username,
        link: `https://app.example.com/reset?t=${readToken(mail)}`,
        email: user.email,
        expiresInMinutes: 30,
      },
    });
    expect(await reset(domain, readToken(mail))).toEqual({ userId: user.id });
    expect(await refusalReason(() => login(domain, user.username))).toBe('BAD_CREDENTIALS');
    expect((await login(domain, user.username, NEW_PASSWORD)).user).toEqual({ ...user, emailVerified: true });
  });

  test('ends all sessions, forgets failed logins, and notifies the owner and the audit trail', async () => {
    const { user, tokens } = await aPerson(domain);
    for (let i = 0; i < 10; i += 1) await refusalReason(() => login(domain, user.username, 'not the password'));
    expect(await refusalReason(() => login(domain, user.username))).toBe('RATE_LIMITED');
    await reset(domain, await requestReset(domain, user.email));
    expect(await refusalReason(() => domain.auth.refresh({ refreshToken: tokens.refreshToken }, domain.call()))).toBe(
      'INVALID_REFRESH_TOKEN',
    );
    expect(await refusalReason(async () => domain.auth.getCurrentUser(...domain.bearer(tokens.accessToken)))).toBe(
      'TOKEN_REVOKED',
    );
    await login(domain, user.username, NEW_PASSWORD);
    expect(await domain.sendMails()).toMatchObject([{ to: user.email, kind: 'password-changed-notice' }]);
    const about = { userId: user.id, username: user.username, ipAddress: '192.0.2.7', requestId: 'test-request' };
    for (const type of ['password.reset_requested', 'password.reset', 'email.verified']) {
      expect(domain.events.filter((event) => event.type === type)).toMatchObject([about]);
    }
  });

  test('takes a token once, and no step twice [I2]', async () => {
    const { user } = await aPerson(domain);
    const token = await requestReset(domain, user.email);
    await reset(domain, token);
    for (const again of [token, token.toUpperCase(), `${token}=`, '']) {
      expect(await refusalReason(() => reset(domain, again, PASSWORD))).toBe('INVALID_ACCOUNT_TOKEN');
    }
    expect((await login(domain, user.username, NEW_PASSWORD)).user.id).toBe(user.id);
  });

  test('lets one of 32 racing calls win [I2]', async () => {
    const { user } = await aPerson(domain);
    const token = await requestReset(domain, user.email);
    const passwords = Array.from({ length: 32 }, (_, i) => `racing sentence number ${i}`);
    const reasons = await Promise.all(passwords.map((password) => refusalReason(() => reset(domain, token, password))));
    expect(reasons.filter((reason) => reason === 'OK')).toHaveLength(1);
    expect(new Set(reasons)).toEqual(new Set(['OK', 'INVALID_ACCOUNT_TOKEN']));
    await login(domain, user.username, passwords[reasons.indexOf('OK')]);
  });

  test('refuses a bad password and leaves the token as it is', async () => {
    const { user } = await aPerson(domain);
    const token = await requestReset(domain, user.email);
    for (const bad of ['short', 'password123', `${user.username}-1`, 'x'.repeat(129), 'nul\0in it']) {
      await expect(reset(domain, token, bad)).rejects.toMatchObject({
        reason: 'INVALID_FIELDS',
        violations: [{ field: 'new_password' }],
      });
    }
    await reset(domain, token);
  });

  test('refuses a token after 30 minutes', async () => {
    const { user } = await aPerson(domain);
    const token = await requestReset(domain, user.email);
    domain.clock.advance(30 * MINUTE_MS);
    expect(await refusalReason(() => reset(domain, token))).toBe('INVALID_ACCOUNT_TOKEN');
    domain.clock.advance(-1);
    await reset(domain, token);
  });

  test('lets a newer mail void the older one, and no older mail the newer', async () => {
    const { user } = await aPerson(domain);
    const first = await requestReset(domain, user.email);
    domain.clock.advance(MINUTE_MS);
    const second = await requestReset(domain, user.email);
    expect(await refusalReason(() => reset(domain, first))).toBe('INVALID_ACCOUNT_TOKEN');
    await reset(domain, second);
  });

  test('carries the same token when a mail is sent again, and none once that was used [I2]', async () => {
    const { user } = await aPerson(domain);
    await domain.auth.requestPasswordReset({ email: user.email }, domain.call());
    const mail = (await domain.store.mailOutbox.claim(1, domain.call()))?.mail;
    const again = async () => mail && domain.composeMail(mail);
    const first = await again();
    domain.clock.advance(29 * MINUTE_MS);
    const second = await again();
    expect(second).toEqual(first);
    domain.clock.advance(29 * MINUTE_MS);
    await reset(domain, readToken(first));
    expect(await again()).toBeUndefined();
    expect(await refusalReason(() => reset(domain, readToken(first)))).toBe('INVALID_ACCOUNT_TOKEN');
    expect(domain.eventTypes().filter((type) => type === 'password.reset_requested')).toHaveLength(1);
  });

  test.each([
    ['an unknown address', () => 'nobody@example.com', async () => {}],
    [
      'a disabled user',
      (email: string) => email,
      (userId: string) => domain.admin.setUserActive({ userId, active: false }, '', domain.call()),
    ],
    [
      'a deleted user',
      (email: string) => email,
      (userId: string) => domain.admin.deleteUser({ userId }, '', domain.call()),
    ],
  ])('sends nothing for %s, and answers alike [I4]', async (_, address, prepare) => {
    const { user } = await aPerson(domain);
    await prepare(user.id);
    expect(await domain.auth.requestPasswordReset({ email: address(user.email) }, domain.call())).toBeUndefined();
    expect(await domain.sendMails()).toEqual([]);
  });

  test('asks the store for the same single write for every address [I4]', async () => {
    const { user } = await aPerson(domain);
    const operations: string[] = [];
    const outbox = domain.store.mailOutbox;
    const watched = await openDomainWithMail({
      mailOutbox: {
        add: async (mails, call) => {
          operations.push(`add ${mails.length}`);
          await outbox.add(mails, call);
        },
      },
      // Whatever else is asked for fails.
      users: undefined as never,
      accountTokens: undefined as never,
    });
    for (const email of [user.email, 'nobody@example.com']) {
      await watched.auth.requestPasswordReset({ email }, watched.call());
    }
    expect(operations).toEqual(['add 1', 'add 1']);
    await watched.close();
  });

  test.each([
    '',
    'no-address',
    'a@b c',
    'x@example.com\r\nBcc: all@example.com',
    'x\n@example.com',
    '"<a@b>" <c@d.e>',
  ])('is refused for %j, and nothing is sent', async (email) => {
    const attempt = () => domain.auth.requestPasswordReset({ email }, domain.call());
    await expect(attempt()).rejects.toMatchObject({ reason: 'INVALID_FIELDS', violations: [{ field: 'email' }] });
    expect((await domain.store.mailOutbox.backlog(domain.call())).waiting).toBe(0);
  });

  test('goes to the address as it is stored, not as it was spelled', async () => {
    const password = PASSWORD;
    await domain.auth.register({ email: 'mike@example.com', username: 'mike', password }, domain.call());
    await domain.sendMails();
    await domain.auth.requestPasswordReset({ email: 'MIKE@EXAMPLE.COM' }, domain.call());
    // A dotless i is another letter; full-width letters are the same one.
    await domain.auth.requestPasswordReset({ email: 'm\u0131ke@example.com' }, domain.call());
    await domain.auth.requestPasswordReset({ email: '\uff4dike@example.com' }, domain.call());
    expect((await domain.sendMails()).map(({ to }) => to)).toEqual(['mike@example.com']);
  });

  test('gives an account without a password one', async () => {
    const { user } = await aPerson(domain);
    const before = await stored(domain, user.id);
    await domain.store.users.replacePasswordHash(
      user.id,
      { from: before?.passwordHash ?? '', to: '', voidSessions: false },
      domain.call(),
    );
    await reset(domain, await requestReset(domain, user.email));
    await login(domain, user.username, NEW_PASSWORD);
  });

  test('is not there without mail', async () => {
    const without = await openDomainWithMail({ mailIsOn: false });
    const attempt = () => without.auth.requestPasswordReset({ email: 'ada@example.com' }, without.call());
    expect(await refusalReason(attempt)).toBe('MAIL_OFF');
    await without.signedIn();
    expect((await without.store.mailOutbox.backlog(without.call())).waiting).toBe(0);
    await without.close();
  });
});

describe('The limits of mails to an address', () => {
  test('let one a minute and five an hour through, silently [I7]', async () => {
    const { user } = await aPerson(domain);
    const sent: number[] = [];
    for (let seconds = 0; seconds <= 3_600; seconds += 30) {
      await domain.auth.requestPasswordReset({ email: user.email }, domain.call());
      if ((await domain.sendMails()).length > 0) sent.push(seconds);
      domain.clock.advance(30_000);
    }
    expect(sent).toEqual([0, 60, 120, 180, 240, 3_600]);
  });

  test('keep the token of the mail that was sent good [I7]', async () => {
    const { user } = await aPerson(domain);
    const token = await requestReset(domain, user.email);
    expect(await requestReset(domain, user.email)).toBe('no token');
    await reset(domain, token);
  });

  test('let five notices an hour through, however soon after each other [I7]', async () => {
    const { user } = await aPerson(domain);
    const change = (i: number) => setPassword(domain, user.id, `a password of the admin ${i}`);
    for (let i = 0; i < 8; i += 1) await change(i);
    expect((await domain.sendMails()).map(({ kind }) => kind)).toEqual(Array(5).fill('password-changed-notice'));
    domain.clock.advance(60 * MINUTE_MS);
    await change(8);
    expect(await domain.sendMails()).toMatchObject([{ to: user.email, kind: 'password-changed-notice' }]);
  });

  test('hold for a password that its user changes again and again: the address may be of a stranger [I7]', async () => {
    const { user, tokens } = await aPerson(domain);
    const passwords = [PASSWORD, ...Array.from({ length: 8 }, (_, i) => `a sentence that is number ${i}`)];
    for (let i = 0; i < 8; i += 1) {
      const [currentPassword = '', newPassword = ''] = passwords.slice(i);
      await domain.auth.changePassword({ currentPassword, newPassword }, ...domain.bearer(tokens.accessToken));
    }
    expect((await domain.sendMails()).map(({ to }) => to)).toEqual(Array(5).fill(user.email));
  });
});

test('Nothing in the store can be presented as an account token [I1]', async () => {
  const { user } = await aPerson(domain);
  await domain.auth.requestPasswordReset({ email: user.email }, domain.call());
  const [mail] = await domain.sendMails();
  const token = readToken(mail);
  const { token: own } = await domain.admin.createAccountToken(
    { userId: user.id, purpose: 'email-verification' },
    { actorId: '', adminsRefused: undefined },
    domain.call(),
  );
  const data = await domain.rawData();
  for (const text of [token, own]) {
    expect(text).toMatch(/^pstv_[\w-]{43}$/);
    expect(data.includes(text.slice(5))).toBe(false);
    expect(data.includes(Buffer.from(text.slice(5), 'base64url'))).toBe(false);
  }
});
