import { AuthError } from '../../src/auth/errors';
import { type Domain, openDomain, PASSWORD, refusalReason } from '../support/domain/domain';

let domain: Domain;
beforeAll(async () => {
  domain = await openDomain();
});
afterAll(() => domain.close());

const register = (email: string, username: string, password = PASSWORD) =>
  domain.auth.register({ email, username, password }, domain.call());

/** The fields that Register refuses. */
async function refusedFields(email: string, username: string, password = PASSWORD): Promise<string[]> {
  try {
    await register(email, username, password);
  } catch (error) {
    if (error instanceof AuthError && error.reason === 'INVALID_FIELDS')
      return error.violations.map(({ field }) => field);
    throw error;
  }
  return [];
}

test('Register creates an active user with the role `user` and shows no hash [A13]', async () => {
  const user = await register('Ada@Example.com', 'Ada.Lovelace');
  expect(user).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    email: 'Ada@Example.com',
    username: 'Ada.Lovelace',
    active: true,
    roles: ['user'],
    emailVerified: false,
    kind: 'person',
    externalId: '',
    createdAt: new Date(domain.clock.now()),
  });
});

test('Register lets exactly one of fifty parallel registrations of one email win [A10]', async () => {
  const all = Array.from({ length: 50 }, (_, i) => refusalReason(() => register('One@example.com', `one-${i}`)));
  const reasons = await Promise.all(all);
  expect(reasons.filter((reason) => reason === 'OK')).toHaveLength(1);
  expect(reasons.filter((reason) => reason === 'EMAIL_TAKEN')).toHaveLength(49);
});

test('Register refuses emails and usernames that differ from taken ones only in case or width [A10]', async () => {
  await register('grace@example.com', 'Grace');
  expect(await refusalReason(() => register('GRACE@EXAMPLE.COM', 'other'))).toBe('EMAIL_TAKEN');
  expect(await refusalReason(() => register('other@example.com', 'gRACE'))).toBe('USERNAME_TAKEN');
  expect(await refusalReason(() => register('wide@example.com', '\uFF27\uFF32\uFF21\uFF23\uFF25'))).toBe(
    'USERNAME_TAKEN',
  );
  expect(await refusalReason(() => register('Grace@example.com', 'GRACE'))).toBe('EMAIL_TAKEN');
});

test('Register reports every wrong field at once', async () => {
  expect(await refusedFields('nobody', 'x', 'short')).toEqual(['email', 'username', 'password']);
});

test.each([
  '',
  'a@',
  '@b',
  'a b@example.com',
  ' a@example.com',
  'a@example.com ',
  'a@-x.com',
  'a..b@example.com',
  `${'x'.repeat(65)}@example.com`,
  `a@${'x'.repeat(64)}.com`,
  `a@${'abc.'.repeat(70)}com`,
  'a@b\r\nc.com',
  '{"$ne": null}',
])('refuses the email %j', async (email) => expect(await refusedFields(email, 'somebody')).toEqual(['email']));

test.each([
  'a@b',
  "o'brien+tag@mail.example.co.uk",
  'd\u00f6rte@m\u00fcller.example',
  'x_y-z@127.example',
])('accepts the email %j', async (email) =>
  expect(await refusedFields(email, `mail-${Buffer.from(email).toString('hex').slice(0, 40)}`)).toEqual([]));

test.each([
  '',
  'ab',
  'x'.repeat(65),
  '.dot',
  '-dash',
  'a b c',
  'a@b.c',
  'semi;colon',
  'new\nline',
  '{"$ne":""}',
  'nul\0',
])('refuses the username %j', async (username) =>
  expect(await refusedFields('fresh@example.com', username)).toEqual(['username']));

test.each([
  'abc',
  'x'.repeat(64),
  '0-._',
  '__proto__x'.replace(/^_+/, ''),
  '\u00c5ngstr\u00f6m',
])('accepts the username %j', async (username) =>
  expect(await refusedFields(`u${Buffer.from(username).toString('hex').slice(0, 40)}@example.com`, username)).toEqual(
    [],
  ));

test.each([
  'seven77',
  '',
  'x'.repeat(129),
  'nul\0 in the middle',
  'broken \uFFFD text',
  'lone \uD800 surrogate',
])('Register refuses the password %j [A1, A3, A7]', async (password) =>
  expect(await refusedFields('fresh@example.com', 'somebody', password)).toEqual(['password']));

test.each([
  'password123',
  'PassWord123',
  'qwertyuiop',
  'iloveyou1',
  '12345678',
])('Register refuses the common password %j [A6]', async (password) =>
  expect(await refusedFields('fresh@example.com', 'somebody', password)).toEqual(['password']));

test('Register refuses a password that contains the username, the local part of the email or the name of the service [A6]', async () => {
  expect(await refusedFields('fresh@example.com', 'somebody', 'xx-SomeBody-xx')).toEqual(['password']);
  expect(await refusedFields('fresh.mail@example.com', 'somebody', '12fresh.mail34')).toEqual(['password']);
  expect(await refusedFields('fresh@example.com', 'somebody', 'postern2026')).toEqual(['password']);
});

test.each([
  [
    'fifteen emoji',
    '\u{1F600}\u{1F601}\u{1F602}\u{1F603}\u{1F604}\u{1F605}\u{1F606}\u{1F607}\u{1F608}\u{1F609}\u{1F60A}\u{1F60B}\u{1F60C}\u{1F60D}\u{1F60E}',
  ],
  ['four lower-case words', 'correct horse battery staple'],
  ['128 characters of four bytes', '\u{1F511}'.repeat(128)],
  ['characters with spaces around', '  spaces around  '],
])('Register accepts a password of %s [A2, A3, A4]', async (name, password) => {
  const username = name.replace(/[^A-Za-z0-9]/g, '');
  expect(await refusedFields(`${username}@example.com`, username, password)).toEqual([]);
});
