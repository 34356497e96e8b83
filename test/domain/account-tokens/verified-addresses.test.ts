import { type Domain, openDomain, PASSWORD, refusalReason } from '../../support/domain/domain';
import { aPerson, login, openDomainWithMail, readToken, requestReset, reset, stored, verify } from './tools';

const DAY_MS = 86_400_000;

let domain: Domain;
beforeEach(async () => {
  domain = await openDomainWithMail();
});
afterEach(() => domain.close());

const requestChange = (accessToken: string, newEmail: string, password = PASSWORD) =>
  domain.auth.requestEmailChange({ newEmail, password }, ...domain.bearer(accessToken));

describe('The verification of an address', () => {
  test('begins with Register and ends with VerifyEmail, which leaves the sessions alone', async () => {
    const { user, tokens } = await domain.signedIn();
    const mails = await domain.sendMails();
    expect(mails).toEqual([
      {
        to: user.email,
        kind: 'email-verification',
        values: {
          username: user.username,
          link: `https://app.example.com/verify#${readToken(mails[0])}`,
          email: user.email,
          expiresInMinutes: 1_440,
        },
      },
    ]);
    expect(user.emailVerified).toBe(false);
    expect(await verify(domain, readToken(mails[0]))).toEqual({ userId: user.id, email: user.email });
    const current = await domain.auth.getCurrentUser(...domain.bearer(tokens.accessToken));
    expect(current).toEqual({ ...user, emailVerified: true });
    await domain.auth.refresh({ refreshToken: tokens.refreshToken }, domain.call());
    expect(await refusalReason(() => verify(domain, readToken(mails[0])))).toBe('INVALID_ACCOUNT_TOKEN');
    const types = domain.eventTypes().filter((type) => type.startsWith('email.'));
    expect(types).toEqual(['email.verification_requested', 'email.verified']);
  });

  test('lets one of 32 racing calls win [I2]', async () => {
    const { verification } = await aPerson(domain);
    const race = Array.from({ length: 32 }, () => refusalReason(() => verify(domain, verification)));
    const reasons = await Promise.all(race);
    expect(reasons.filter((reason) => reason === 'OK')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'INVALID_ACCOUNT_TOKEN')).toHaveLength(31);
  });

  test('can be asked for again, until the address is verified', async () => {
    const { tokens, verification } = await aPerson(domain);
    const request = () => domain.auth.requestEmailVerification(...domain.bearer(tokens.accessToken));
    domain.clock.advance(60_000);
    await request();
    const [mail] = await domain.sendMails();
    expect(await refusalReason(() => verify(domain, verification))).toBe('INVALID_ACCOUNT_TOKEN');
    await verify(domain, readToken(mail));
    domain.clock.advance(60_000);
    await request();
    expect(await domain.sendMails()).toEqual([]);
  });

  test('is not sent once the address is verified, though it was asked for before', async () => {
    const { tokens, verification } = await aPerson(domain);
    domain.clock.advance(60_000);
    await domain.auth.requestEmailVerification(...domain.bearer(tokens.accessToken));
    await verify(domain, verification);
    expect(await domain.sendMails()).toEqual([]);
  });

  test('is refused after 24 hours', async () => {
    const { verification } = await aPerson(domain);
    domain.clock.advance(DAY_MS);
    expect(await refusalReason(() => verify(domain, verification))).toBe('INVALID_ACCOUNT_TOKEN');
    domain.clock.advance(-1);
    await verify(domain, verification);
  });

  test('takes the session of a person', async () => {
    const { tokens } = await aPerson(domain);
    const fields = { name: 'mine', roles: [], expiresAt: undefined, allowedCidrs: [] };
    const { apiKey } = await domain.auth.createMyApiKey(fields, ...domain.bearer(tokens.accessToken));
    const { accessToken } = await domain.auth.exchangeApiKey({ apiKey, roles: [], ttlSeconds: 0 }, domain.call());
    await domain.auth.validate({ accessToken: apiKey, allowAnonymous: false, fresh: false }, domain.call());
    for (const bearer of [apiKey, accessToken]) {
      expect(await refusalReason(() => domain.auth.requestEmailVerification(...domain.bearer(bearer)))).toBe(
        'SESSION_REQUIRED',
      );
      expect(await refusalReason(() => requestChange(bearer, 'x@example.com'))).toBe('SESSION_REQUIRED');
    }
  });

  test('is not there without mail, and Register works all the same', async () => {
    const without = await openDomain();
    const { tokens } = await without.signedIn();
    const bearer = () => without.bearer(tokens.accessToken);
    expect(await refusalReason(() => without.auth.requestEmailVerification(...bearer()))).toBe('MAIL_OFF');
    const change = { newEmail: 'x@example.com', password: PASSWORD };
    expect(await refusalReason(() => without.auth.requestEmailChange(change, ...bearer()))).toBe('MAIL_OFF');
    expect((await without.store.mailOutbox.backlog(without.call())).waiting).toBe(0);
    await without.close();
  });
});

describe('REQUIRE_VERIFIED_EMAIL', () => {
  test('refuses the right password of an unverified account, and says nothing of it to a wrong one', async () => {
    const strict = await openDomainWithMail({ requireVerifiedEmail: true });
    const email = 'ada@example.com';
    const user = await strict.auth.register({ email, username: 'ada', password: PASSWORD }, strict.call());
    const [mail] = await strict.sendMails();
    for (let i = 0; i < 12; i += 1) expect(await refusalReason(() => login(strict, 'ada'))).toBe('EMAIL_UNVERIFIED');
    expect(await refusalReason(() => login(strict, 'ada', 'wrong'))).toBe('BAD_CREDENTIALS');
    expect(await refusalReason(() => login(strict, 'nobody'))).toBe('BAD_CREDENTIALS');
    expect(strict.events.filter(({ reason }) => reason === 'email_unverified')).toHaveLength(12);
    await strict.admin.setUserActive({ userId: user.id, active: false }, '', strict.call());
    expect(await refusalReason(() => login(strict, 'ada'))).toBe('BAD_CREDENTIALS');
    await strict.admin.setUserActive({ userId: user.id, active: true }, '', strict.call());
    expect(await refusalReason(() => verify(strict, readToken(mail)))).toBe('INVALID_ACCOUNT_TOKEN');
    await reset(strict, await requestReset(strict, email), PASSWORD);
    expect((await login(strict, 'ada')).user.emailVerified).toBe(true);
    await strict.close();
  });

  test('is met by VerifyEmail, and by an admin who vouches', async () => {
    const strict = await openDomainWithMail({ requireVerifiedEmail: true });
    const register = (username: string) =>
      strict.auth.register({ email: `${username}@example.com`, username, password: PASSWORD }, strict.call());
    const [, bob] = [await register('ada'), await register('bob')];
    const mails = await strict.sendMails();
    await verify(strict, readToken(mails[0]));
    await login(strict, 'ada');
    expect(await refusalReason(() => login(strict, 'bob'))).toBe('EMAIL_UNVERIFIED');
    await strict.admin.setUserEmail({ userId: bob.id, email: bob.email, verified: true }, 'root', strict.call());
    await login(strict, 'bob');
    await strict.close();
  });
});

describe('Line breaks in names and addresses', () => {
  test.each([
    { email: 'ada@example.com\r\nBcc: x@example.com', username: 'ada' },
    { email: 'ada\n@example.com', username: 'ada' },
    { email: 'ada@example.com', username: 'ada\r\nSubject: x' },
  ])('are refused by Register: %j', async (names) => {
    const attempt = () => domain.auth.register({ ...names, password: PASSWORD }, domain.call());
    expect(await refusalReason(attempt)).toBe('INVALID_FIELDS');
    expect(await domain.sendMails()).toEqual([]);
  });

  test('are refused by SetUserEmail, and reach no mail from a store where they stand', async () => {
    const { user } = await aPerson(domain);
    const set = (email: string) =>
      domain.admin.setUserEmail({ userId: user.id, email, verified: true }, '', domain.call());
    expect(await refusalReason(() => set('x@example.com\r\nBcc: y@example.com'))).toBe('INVALID_FIELDS');
    const before = await stored(domain, user.id);
    const { id: userId } = user;
    await domain.store.users.delete(userId, domain.call());
    const broken = { ...before, username: 'ada\r\nBcc: x@example.com' };
    await domain.store.users.insert(broken as NonNullable<typeof before>, domain.call());
    await domain.auth.requestPasswordReset({ email: user.email }, domain.call());
    expect((await domain.sendMails())[0]?.values.username).toBe('ada Bcc: x@example.com');
  });
});
