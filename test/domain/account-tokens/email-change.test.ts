import { type Domain, PASSWORD, refusalReason } from '../../support/domain/domain';
import { aPerson, login, openDomainWithMail, readToken, stored, verify } from './tools';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomainWithMail();
});
afterEach(() => domain.close());

const requestChange = (accessToken: string, newEmail: string, password = PASSWORD) =>
  domain.auth.requestEmailChange({ newEmail, password }, ...domain.bearer(accessToken));

describe('RequestEmailChange', () => {
  test('mails the new address a token and the old one a notice, and changes nothing before it comes back', async () => {
    const { user, tokens } = await aPerson(domain);
    await requestChange(tokens.accessToken, ' Ada.New@example.com ');
    const mails = await domain.sendMails();
    const token = readToken(mails[0]);
    expect(mails).toMatchObject([
      {
        to: 'Ada.New@example.com',
        kind: 'email-change',
        values: { link: `https://app.example.com/verify#${token}`, email: 'Ada.New@example.com' },
      },
      { to: user.email, kind: 'email-change-notice', values: { email: 'Ada.New@example.com' } },
    ]);
    expect(mails[1]?.values).not.toHaveProperty('link');
    expect((await stored(domain, user.id))?.email).toBe(user.email);
    expect(await verify(domain, token)).toEqual({ userId: user.id, email: 'Ada.New@example.com' });
    expect(await stored(domain, user.id)).toMatchObject({ email: 'Ada.New@example.com', emailVerified: true });
    expect(domain.events.at(-1)).toMatchObject({ type: 'email.changed', userId: user.id, username: user.username });
    await domain.auth.refresh({ refreshToken: tokens.refreshToken }, domain.call());
    expect((await login(domain, 'ada.new@EXAMPLE.com')).user.id).toBe(user.id);
    expect(await refusalReason(() => login(domain, user.email))).toBe('BAD_CREDENTIALS');
  });

  test('proves the password, and counts guesses as failed logins', async () => {
    const { user, tokens } = await aPerson(domain);
    for (let i = 0; i < 10; i += 1) {
      expect(await refusalReason(() => requestChange(tokens.accessToken, 'x@example.com', 'wrong'))).toBe(
        'BAD_CREDENTIALS',
      );
    }
    expect(await refusalReason(() => requestChange(tokens.accessToken, 'x@example.com'))).toBe('RATE_LIMITED');
    expect(await refusalReason(() => login(domain, user.username))).toBe('RATE_LIMITED');
    expect(await domain.sendMails()).toEqual([]);
  });

  test('does not reveal whether another account has the address, but VerifyEmail does', async () => {
    const [ada, bob] = [await aPerson(domain), await aPerson(domain)];
    await requestChange(ada.tokens.accessToken, bob.user.email);
    const mails = await domain.sendMails();
    expect(mails.map(({ to }) => to)).toEqual([bob.user.email, ada.user.email]);
    for (let i = 0; i < 2; i += 1) {
      expect(await refusalReason(() => verify(domain, readToken(mails[0])))).toBe('EMAIL_TAKEN');
    }
    expect((await stored(domain, ada.user.id))?.email).toBe(ada.user.email);
    expect(await stored(domain, bob.user.id)).toMatchObject({ email: bob.user.email, emailVerified: false });
    // The same link works once the other account has let the address go.
    const freed = { userId: bob.user.id, email: 'bob.elsewhere@example.com', verified: true };
    await domain.admin.setUserEmail(freed, '', domain.call());
    expect(await verify(domain, readToken(mails[0]))).toEqual({ userId: ada.user.id, email: bob.user.email });
    expect(await refusalReason(() => verify(domain, readToken(mails[0])))).toBe('INVALID_ACCOUNT_TOKEN');
  });

  test('gives an address that two accounts verify at the same moment to one of them', async () => {
    const [ada, bob] = [await aPerson(domain), await aPerson(domain)];
    await requestChange(ada.tokens.accessToken, 'shared@example.com');
    domain.clock.advance(60_000);
    await requestChange(bob.tokens.accessToken, 'shared@example.com');
    const changes = (await domain.sendMails()).filter(({ kind }) => kind === 'email-change');
    expect(changes).toHaveLength(2);
    const reasons = await Promise.all(changes.map((mail) => refusalReason(() => verify(domain, readToken(mail)))));
    expect([...reasons].sort()).toEqual(['EMAIL_TAKEN', 'OK']);
  });

  test('asked for twice, keeps the link of the first mail good where no second one goes out', async () => {
    for (const isSentBetween of [false, true]) {
      const { user, tokens } = await aPerson(domain);
      const newEmail = `${user.username}.new@example.com`;
      await requestChange(tokens.accessToken, newEmail);
      const early = isSentBetween ? await domain.sendMails() : [];
      domain.clock.advance(2_000);
      await requestChange(tokens.accessToken, newEmail);
      const mails = [...early, ...(await domain.sendMails())];
      expect(mails.map(({ kind }) => kind)).toEqual(['email-change', 'email-change-notice']);
      expect(await verify(domain, readToken(mails[0]))).toEqual({ userId: user.id, email: newEmail });
    }
  });

  test('lets a user ask for five addresses an hour: neither strangers nor one mailbox can be flooded [I7]', async () => {
    const { user, tokens } = await aPerson(domain);
    const asked: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      asked.push(await refusalReason(() => requestChange(tokens.accessToken, `victim+${i}@example.com`)));
      domain.clock.advance(1_000);
    }
    expect(asked).toEqual([...Array(5).fill('OK'), 'RATE_LIMITED', 'RATE_LIMITED']);
    await expect(requestChange(tokens.accessToken, 'victim@example.com')).rejects.toMatchObject({
      retryAfterSeconds: 3_600,
    });
    const mails = await domain.sendMails();
    expect(mails.filter(({ to }) => to === user.email)).toHaveLength(5);
    // Of five requests the token of the last one is good.
    const changes = mails.filter(({ kind }) => kind === 'email-change');
    expect(changes.map(({ to }) => to)).toEqual(['victim+4@example.com']);
    await verify(domain, readToken(changes[0]));
    domain.clock.advance(3_600_000);
    const later = (await login(domain, user.username)).tokens;
    await requestChange(later.accessToken, 'victim+7@example.com');
  });

  test('lets five mails an hour through to an address, whichever users ask, and does not say so [I7]', async () => {
    const people = [await aPerson(domain), await aPerson(domain), await aPerson(domain)];
    const sent: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const { tokens } = people[i % people.length] as (typeof people)[number];
      await requestChange(tokens.accessToken, i % 2 === 0 ? 'stranger@example.com' : 'STRANGER@example.com');
      sent.push((await domain.sendMails()).length);
      domain.clock.advance(61_000);
    }
    expect(sent).toEqual([2, 2, 2, 2, 2, 0, 0, 0, 0]);
  });

  test('changes nothing but the spelling too, and refuses what is no other address', async () => {
    const { user, tokens } = await aPerson(domain);
    for (const bad of [
      '',
      'x',
      user.email,
      ` ${user.email}`,
      'x@example.com\r\nBcc: y@example.com',
      'x\0@example.com',
    ]) {
      await expect(requestChange(tokens.accessToken, bad)).rejects.toMatchObject({
        reason: 'INVALID_FIELDS',
        violations: [{ field: 'new_email' }],
      });
    }
    await requestChange(tokens.accessToken, user.email.toUpperCase());
    await verify(domain, readToken((await domain.sendMails())[0]));
    expect((await stored(domain, user.id))?.email).toBe(user.email.toUpperCase());
  });

  test('takes the latest request only', async () => {
    const { user, tokens } = await aPerson(domain);
    await requestChange(tokens.accessToken, 'first@example.com');
    const [first] = await domain.sendMails();
    await requestChange(tokens.accessToken, 'second@example.com');
    const [second] = await domain.sendMails();
    expect(await refusalReason(() => verify(domain, readToken(first)))).toBe('INVALID_ACCOUNT_TOKEN');
    await verify(domain, readToken(second));
    expect((await stored(domain, user.id))?.email).toBe('second@example.com');
  });
});
