import { type Domain, PASSWORD, refusalReason } from '../../support/domain/domain';
import {
  aPerson,
  NEW_PASSWORD,
  openDomainWithMail,
  readToken,
  requestReset,
  reset,
  setPassword,
  verify,
} from './tools';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomainWithMail();
});
afterEach(() => domain.close());

const changePassword = (accessToken: string, currentPassword = PASSWORD, newPassword = NEW_PASSWORD) =>
  domain.auth.changePassword({ currentPassword, newPassword }, ...domain.bearer(accessToken));

/** A person and one live token of each purpose. */
async function withTokens() {
  const person = await aPerson(domain);
  const { user, tokens, verification } = person;
  const change = { newEmail: `new-${user.email}`, password: PASSWORD };
  await domain.auth.requestEmailChange(change, ...domain.bearer(tokens.accessToken));
  const changing = readToken((await domain.sendMails()).find(({ kind }) => kind === 'email-change'));
  const resetting = await requestReset(domain, user.email);
  return { ...person, accessToken: tokens.accessToken, live: { reset: resetting, verification, change: changing } };
}

type Person = Awaited<ReturnType<typeof withTokens>>;

async function reasonsOfAll({ live }: Person): Promise<string[]> {
  return [
    await refusalReason(() => reset(domain, live.reset, 'yet another unusual sentence')),
    await refusalReason(() => verify(domain, live.verification)),
    await refusalReason(() => verify(domain, live.change)),
  ];
}

const REFUSED = Array(3).fill('INVALID_ACCOUNT_TOKEN');

const CHANGES: Record<string, (person: Person) => Promise<unknown>> = {
  ChangePassword: ({ accessToken }) => changePassword(accessToken),
  SetUserPassword: ({ user }) => setPassword(domain, user.id),
  SetUserEmail: ({ user }) =>
    domain.admin.setUserEmail({ userId: user.id, email: 'x@example.com', verified: true }, '', domain.call()),
  'SetUserEmail in another spelling': ({ user }) =>
    domain.admin.setUserEmail({ userId: user.id, email: user.email.toUpperCase(), verified: false }, '', domain.call()),
  'SetUserActive, while the user is disabled': ({ user }) =>
    domain.admin.setUserActive({ userId: user.id, active: false }, '', domain.call()),
  'SetUserActive, also after the user is enabled': async ({ user }) => {
    for (const active of [false, true])
      await domain.admin.setUserActive({ userId: user.id, active }, '', domain.call());
  },
  DeleteUser: ({ user }) => domain.admin.deleteUser({ userId: user.id }, '', domain.call()),
};

describe('Account tokens of before are refused', () => {
  test.each(Object.entries(CHANGES))('after %s [I3]', async (_, change) => {
    const person = await withTokens();
    await change(person);
    expect(await reasonsOfAll(person)).toEqual(REFUSED);
  });

  test('after ResetPassword [I3]', async () => {
    const person = await withTokens();
    await reset(domain, person.live.reset);
    expect(await reasonsOfAll(person)).toEqual(REFUSED);
  });

  test('after the address was changed by its token [I3]', async () => {
    const person = await withTokens();
    await verify(domain, person.live.change);
    expect(await reasonsOfAll(person)).toEqual(REFUSED);
  });

  test('also when the process dies between the new password and the voiding [I3]', async () => {
    const person = await withTokens();
    const { accountTokens } = domain.store;
    accountTokens.voidAll = () => Promise.reject(new Error('the process has died'));
    await expect(changePassword(person.accessToken)).rejects.toThrow('the process has died');
    expect(await reasonsOfAll(person)).toEqual(REFUSED);
  });

  test('also when the process dies between the new address and the voiding [I3]', async () => {
    const person = await withTokens();
    const { accountTokens } = domain.store;
    const voidAll = accountTokens.voidAll.bind(accountTokens);
    let isSecond = false;
    accountTokens.voidAll = async (...args) => {
      if (isSecond) throw new Error('the process has died');
      isSecond = true;
      await voidAll(...args);
    };
    const change = { userId: person.user.id, email: 'x@example.com', verified: false };
    await expect(domain.admin.setUserEmail(change, '', domain.call())).rejects.toThrow('the process has died');
    accountTokens.voidAll = voidAll;
    expect(await reasonsOfAll(person)).toEqual(REFUSED);
  });

  test('also when the address comes back to what it was [I3]', async () => {
    const person = await withTokens();
    const { id: userId, email } = person.user;
    for (const to of ['x@example.com', email]) {
      await domain.admin.setUserEmail({ userId, email: to, verified: false }, '', domain.call());
    }
    expect(await reasonsOfAll(person)).toEqual(REFUSED);
  });

  test('but stay good when only a hash is renewed, and when SetUserEmail says what was so before', async () => {
    const person = await withTokens();
    const { user } = person;
    const before = await domain.store.users.findById(user.id, domain.call());
    const from = before?.passwordHash ?? '';
    await domain.store.users.replacePasswordHash(user.id, { from, to: 'x', voidSessions: false }, domain.call());
    await domain.admin.setUserEmail({ userId: user.id, email: user.email, verified: false }, '', domain.call());
    await verify(domain, person.live.verification);
    await reset(domain, person.live.reset);
  });
});

describe('A mail that was asked for before the password changed', () => {
  test.each([
    ['a reset', ({ user }: Person) => domain.auth.requestPasswordReset({ email: user.email }, domain.call())],
    [
      'a verification',
      ({ accessToken }: Person) => domain.auth.requestEmailVerification(...domain.bearer(accessToken)),
    ],
    [
      'a change of the address',
      ({ accessToken, user }: Person) =>
        domain.auth.requestEmailChange(
          { newEmail: `newer-${user.email}`, password: PASSWORD },
          ...domain.bearer(accessToken),
        ),
    ],
  ])('is not sent after it: %s [I3]', async (_, request) => {
    const person = await withTokens();
    domain.clock.advance(60_000);
    await request(person);
    await changePassword(person.accessToken);
    const kinds = (await domain.sendMails()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => !kind.endsWith('-notice'))).toEqual([]);
  });
});

describe('A verification that was asked for before', () => {
  test.each([
    ['ResetPassword', (person: Person) => reset(domain, person.live.reset)],
    ['SetUserPassword', (person: Person) => setPassword(domain, person.user.id)],
    [
      'an address that went and came back',
      async ({ user: { id: userId, email } }: Person) => {
        for (const to of ['x@example.com', email]) {
          await domain.admin.setUserEmail({ userId, email: to, verified: false }, '', domain.call());
        }
      },
    ],
  ])('is not sent after %s [I3]', async (_, change) => {
    const person = await withTokens();
    domain.clock.advance(60_000);
    await domain.auth.requestEmailVerification(...domain.bearer(person.accessToken));
    await change(person);
    // As if the address had never been proved: a verified one gets no such mail anyway.
    const user = await domain.store.users.findById(person.user.id, domain.call());
    const { email = '', sessionEpoch: epoch = 0 } = user ?? {};
    const unverified = { from: email, to: email, epoch, verified: false };
    await domain.store.users.replaceEmail(person.user.id, unverified, domain.call());
    const kinds = (await domain.sendMails()).map(({ kind }) => kind);
    expect(kinds.filter((kind) => !kind.endsWith('-notice'))).toEqual([]);
  });
});

test('The account tokens of a deleted user are gone from the store', async () => {
  const { user, live } = await withTokens();
  const find = () =>
    Promise.all(
      Object.values(live).map((text) =>
        domain.store.accountTokens.find(domain.deps.accountTokenTexts.hash(text) ?? '', domain.call()),
      ),
    );
  expect((await find()).map((token) => token?.userId)).toEqual(Array(3).fill(user.id));
  await domain.admin.deleteUser({ userId: user.id }, '', domain.call());
  expect(await find()).toEqual(Array(3).fill(undefined));
});

describe('A token of one purpose', () => {
  test('is refused for another, and stays good for its own [I2]', async () => {
    const { live } = await withTokens();
    expect(await refusalReason(() => verify(domain, live.reset))).toBe('INVALID_ACCOUNT_TOKEN');
    for (const token of [live.verification, live.change]) {
      expect(await refusalReason(() => reset(domain, token))).toBe('INVALID_ACCOUNT_TOKEN');
    }
    await verify(domain, live.verification);
    await verify(domain, live.change);
  });

  test('is neither a refresh token, nor an access token, nor an API key', async () => {
    const { live } = await withTokens();
    for (const token of Object.values(live)) {
      expect(await refusalReason(() => domain.auth.refresh({ refreshToken: token }, domain.call()))).toBe(
        'INVALID_REFRESH_TOKEN',
      );
      expect(await refusalReason(() => domain.auth.getCurrentUser(...domain.bearer(token)))).toBe('INVALID_TOKEN');
    }
  });
});
