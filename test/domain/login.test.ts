import { AuthError, CallEndedError } from '../../src/auth/errors';
import { type Domain, openDomain, PASSWORD, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const attempt = (username: string, password: string, source = '192.0.2.7') =>
  domain.auth.login({ username, password, deviceName: '' }, domain.call({ source }));

test('Login signs in by username and by email, without regard to case', async () => {
  const { user } = await domain.signedIn();
  for (const name of [user.username, user.username.toUpperCase(), user.email, user.email.toUpperCase()]) {
    expect((await domain.login(name)).user.id).toBe(user.id);
  }
});

test('Login refuses an unknown user, a wrong password and an inactive user alike [B1]', async () => {
  const { user } = await domain.signedIn();
  const other = await domain.signedIn();
  await domain.admin.setUserActive({ userId: other.user.id, active: false }, '', domain.call());
  const refusals = await Promise.all(
    [
      attempt('nobody', PASSWORD),
      attempt('nobody@example.com', PASSWORD),
      attempt('', PASSWORD),
      attempt('{"$ne": null}', PASSWORD),
      attempt(user.username, 'wrong password'),
      attempt(other.user.username, PASSWORD),
    ].map((login) => login.catch((error: unknown) => error)),
  );
  for (const refusal of refusals) {
    expect(refusal).toBeInstanceOf(AuthError);
    expect(refusal).toMatchObject({ reason: 'BAD_CREDENTIALS', violations: [], retryAfterSeconds: undefined });
  }
  const reasons = domain.events.filter(({ type }) => type === 'login.failed').map(({ reason }) => reason);
  expect(reasons.sort()).toEqual([...Array(4).fill('unknown_user'), 'user_inactive', 'wrong_password']);
});

test('Login evaluates at most the limit of 200 parallel guesses [B4]', async () => {
  const { user } = await domain.signedIn();
  const guesses = Array.from({ length: 200 }, () => refusalReason(() => attempt(user.username, 'wrong password')));
  const reasons = await Promise.all(guesses);
  expect(reasons.filter((reason) => reason === 'BAD_CREDENTIALS')).toHaveLength(10);
  expect(reasons.filter((reason) => reason === 'RATE_LIMITED')).toHaveLength(190);
});

test('Login past the limit refuses names that exist and names that do not alike, with the time to wait [B1]', async () => {
  const { user } = await domain.signedIn();
  for (const name of [user.username, 'nobody']) {
    for (let i = 0; i < 10; i += 1) expect(await refusalReason(() => attempt(name, 'wrong'))).toBe('BAD_CREDENTIALS');
    await expect(attempt(name, 'wrong')).rejects.toMatchObject({ reason: 'RATE_LIMITED', retryAfterSeconds: 900 });
  }
});

test.each([
  ['ada@bücher.example', 'Ada@xn--bcher-kva.example'],
  ['ada@bücher.example', 'ada@bücher。example'],
  ['strasse-1', 'STRAẞE-1'],
])('Login counts failures of %j and %j as of one name, whether or not an account has it [B1]', async (spelling, other) => {
  const refusals = async () => {
    for (let i = 0; i < 10; i += 1) await refusalReason(() => attempt(spelling, 'wrong'));
    return refusalReason(() => attempt(other, 'wrong'));
  };
  expect(await refusals()).toBe('RATE_LIMITED');
  const [email, username] = spelling.includes('@') ? [spelling, 'ada'] : ['ada@example.com', spelling];
  await domain.auth.register({ email, username, password: PASSWORD }, domain.call());
  expect(await refusals()).toBe('RATE_LIMITED');
});

test('Login counts failures of two emails apart that the lookup takes for two, though folding makes them one [B1]', async () => {
  for (let i = 0; i < 10; i += 1) await refusalReason(() => attempt('ada@straße.example', 'wrong'));
  expect(await refusalReason(() => attempt('ada@strasse.example', 'wrong'))).toBe('BAD_CREDENTIALS');
});

test('Login counts failures by username and by email for one account [B3]', async () => {
  const { user } = await domain.signedIn();
  for (let i = 0; i < 5; i += 1) {
    await refusalReason(() => attempt(user.username, 'wrong'));
    await refusalReason(() => attempt(user.email, 'wrong'));
  }
  expect(await refusalReason(() => attempt(user.email, PASSWORD))).toBe('RATE_LIMITED');
});

test('The limit of failed logins ends with its window, and refused tries do not lengthen it', async () => {
  const { user } = await domain.signedIn();
  for (let i = 0; i < 10; i += 1) await refusalReason(() => attempt(user.username, 'wrong'));
  domain.clock.advance(600_000);
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('RATE_LIMITED');
  domain.clock.advance(300_000);
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OK');
});

test('Login stays open to a source that signed in before when the account limit stops all others [B3]', async () => {
  const { user } = await domain.signedIn();
  await attempt(user.username, PASSWORD, 'home');
  for (let i = 0; i < 100; i += 1) await refusalReason(() => attempt(user.username, 'wrong', `attacker-${i % 20}`));
  expect(await refusalReason(() => attempt(user.username, 'wrong', 'attacker-fresh'))).toBe('RATE_LIMITED');
  expect(await refusalReason(() => attempt(user.username, PASSWORD, 'home'))).toBe('OK');
});

test('A login forgets the failures of its source; UnlockUser forgets them all', async () => {
  const { user } = await domain.signedIn();
  for (let i = 0; i < 9; i += 1) await refusalReason(() => attempt(user.username, 'wrong'));
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OK');
  for (let i = 0; i < 10; i += 1) await refusalReason(() => attempt(user.username, 'wrong'));
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('RATE_LIMITED');
  await domain.admin.unlockUser({ userId: user.id }, '', domain.call());
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OK');
});

test('A login whose password was never looked at is not counted', async () => {
  const { user } = await domain.signedIn();
  const { hasher } = domain.deps;
  const reserve = jest.spyOn(hasher, 'reserve').mockImplementation(() => ({
    release: () => {},
    verify: () => Promise.reject(new AuthError('OVERLOADED', { retryAfterSeconds: 1 })),
  }));
  for (let i = 0; i < 20; i += 1)
    expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OVERLOADED');
  reserve.mockRestore();
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OK');
});

test('A login whose call ended before its password was looked at is not counted', async () => {
  const { user } = await domain.signedIn();
  const reserve = jest.spyOn(domain.deps.hasher, 'reserve').mockImplementation((call) => ({
    release: () => {},
    verify: async () => {
      domain.clock.set(call.deadline);
      throw new CallEndedError(false);
    },
  }));
  for (let i = 0; i < 12; i += 1) await expect(attempt(user.username, PASSWORD)).rejects.toThrow(CallEndedError);
  reserve.mockRestore();
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OK');
});

test('Login refuses a password over the maximum, with NUL or with U+FFFD as INVALID_FIELDS before any hashing [A3, A7]', async () => {
  const { user } = await domain.signedIn();
  const reserve = jest.spyOn(domain.deps.hasher, 'reserve');
  for (const password of [
    'x'.repeat(129),
    'a'.repeat(100_000),
    'nul\0nul-nul',
    'broken\uFFFDtext',
    'lone \uD800 half',
  ]) {
    expect(await refusalReason(() => attempt(user.username, password))).toBe('INVALID_FIELDS');
  }
  expect(reserve).not.toHaveBeenCalled();
});

test('Login releases its ticket of the hash queue when the attempt cannot be counted', async () => {
  const { user } = await domain.signedIn();
  const broken = jest
    .spyOn(domain.store.loginFailures, 'reserve')
    .mockRejectedValue(new AuthError('STORE_UNAVAILABLE'));
  // More than fit into the queue.
  for (let i = 0; i < 600; i += 1) {
    expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('STORE_UNAVAILABLE');
  }
  broken.mockRestore();
  expect(await refusalReason(() => attempt(user.username, PASSWORD))).toBe('OK');
});

test('Login accepts a password typed decomposed that was registered composed [A5]', async () => {
  await domain.auth.register(
    { email: 'nfc@example.com', username: 'nfc', password: 'caf\u00e9 au lait vert' },
    domain.call(),
  );
  expect(await refusalReason(() => attempt('nfc', 'cafe\u0301 au lait vert'))).toBe('OK');
});

test('Login compares the whole of a long password [A3]', async () => {
  const password = `${'long password '.repeat(8)}end`;
  await domain.auth.register({ email: 'l@example.com', username: 'lengthy', password }, domain.call());
  expect(await refusalReason(() => attempt('lengthy', `${password.slice(0, -1)}D`))).toBe('BAD_CREDENTIALS');
  expect(await refusalReason(() => attempt('lengthy', password))).toBe('OK');
});

test('Login renews a hash of old parameters [A9]', async () => {
  const { user } = await domain.signedIn();
  const before = await domain.store.users.findById(user.id, domain.call());
  await domain.store.users.replacePasswordHash(
    user.id,
    { from: before?.passwordHash ?? '', to: await oldHash(), voidSessions: false },
    domain.call(),
  );
  await domain.login(user.username);
  const after = await domain.store.users.findById(user.id, domain.call());
  expect(after?.passwordHash).toContain('m=8,t=1,p=1');
  expect(await refusalReason(() => domain.login(user.username))).toBe('OK');
});

test('Login beyond MAX_SESSIONS_PER_USER ends the oldest session [D8]', async () => {
  await domain.close();
  domain = await openDomain({ sessionLimits: { idleMs: 1e9, absoluteMs: 1e10, perUser: 3 } });
  const first = await domain.signedIn();
  for (let i = 0; i < 3; i += 1) {
    domain.clock.advance(1_000);
    await domain.login(first.user.username, `device ${i}`);
  }
  const live = await domain.store.sessions.listLive(
    first.user.id,
    { now: new Date(domain.clock.now()) },
    domain.call(),
  );
  expect(live.map(({ deviceName }) => deviceName)).toEqual(['device 2', 'device 1', 'device 0']);
  expect(await refusalReason(() => domain.auth.refresh(first.tokens, domain.call()))).toBe('INVALID_REFRESH_TOKEN');
});

test('A login that a disabling overtakes opens nothing', async () => {
  const { user } = await domain.signedIn();
  const insert = domain.store.sessions.insert.bind(domain.store.sessions);
  jest.spyOn(domain.store.sessions, 'insert').mockImplementation(async (session, call) => {
    await domain.admin.setUserActive({ userId: user.id, active: false }, '', domain.call());
    await domain.admin.setUserActive({ userId: user.id, active: true }, '', domain.call());
    await insert(session, call);
  });
  expect(await refusalReason(() => domain.login(user.username))).toBe('BAD_CREDENTIALS');
  const live = await domain.store.sessions.listLive(user.id, { now: new Date(domain.clock.now()) }, domain.call());
  expect(live).toEqual([]);
});

async function oldHash(): Promise<string> {
  const { hash } = await import('@node-rs/argon2');
  return hash(PASSWORD, { memoryCost: 16, timeCost: 2, parallelism: 1 });
}

describe('The audit trail of failed logins', () => {
  const failed = () =>
    domain.events
      .filter(({ type }) => type.startsWith('login.'))
      .map(({ type, userId, username, loginDigest }) => ({ type, userId, username, loginDigest }));

  test('has the username of an account, and of an unknown name a digest that does not reveal it [F4]', async () => {
    const { user } = await domain.signedIn();
    await refusalReason(() => attempt(user.email, 'wrong password'));
    await refusalReason(() => attempt('My Password 1', 'wrong password'));
    const [, known, unknown] = failed();
    expect(known).toEqual({ type: 'login.failed', userId: user.id, username: user.username, loginDigest: '' });
    expect(unknown).toMatchObject({ userId: '', username: '', loginDigest: expect.stringMatching(/^[\w-]{22}$/) });
    expect(JSON.stringify(unknown).toLowerCase()).not.toContain('password 1');
  });

  test.each([
    ['nobody', [' NOBODY ', 'ｎobody'], ['nobody1', 'nobody@example.com']],
    ['nobody@bücher.example', ['Nobody@xn--bcher-kva.example'], ['nobody@example.com', 'nobody']],
    ['', ['  '], ['0']],
  ])('has one digest for the forms of %j, and others for other names', async (name, same, others) => {
    for (const each of [name, ...same, ...others]) await refusalReason(() => attempt(each, 'wrong password'));
    const digests = failed().map(({ loginDigest }) => loginDigest);
    expect(new Set(digests.slice(0, 1 + same.length)).size).toBe(1);
    expect(new Set(digests).size).toBe(1 + others.length);
    expect(domain.deps.loginDigests.candidates(` ${name}`)).toEqual([digests[0]]);
  });

  test('has the digest also where the name is refused for its failures', async () => {
    for (let i = 0; i < 11; i += 1) await refusalReason(() => attempt('nobody', 'wrong password'));
    const [first, ...rest] = failed();
    expect(rest.at(-1)).toEqual({ ...first, type: 'login.rate_limited' });
  });
});
