import type { ApiKeyFields } from '../../../src/auth/api-keys/api-key-fields';
import type { StoredApiKey } from '../../../src/auth/api-keys/stored-api-keys';
import { anApiKey, anId } from '../../support/domain/builders';
import { type Domain, openDomain, PASSWORD, reasonOf } from '../../support/domain/domain';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const NOTHING_ASKED: ApiKeyFields = { name: 'ci', roles: [], expiresAt: undefined, allowedCidrs: [] };

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

const validate = async (accessToken: string) =>
  domain.auth.validate({ accessToken, allowAnonymous: false, fresh: false }, domain.call());

async function aServiceAccount(roles = ['user', 'service']) {
  const username = `s-${Math.random().toString(36).slice(2)}`;
  return domain.admin.createServiceAccount({ username, roles }, 'an-admin', domain.call());
}

const create = (userId: string, fields: Partial<ApiKeyFields> = {}) =>
  domain.admin.createApiKey({ userId, ...NOTHING_ASKED, ...fields }, 'an-admin', domain.call());

describe('A service account', () => {
  test('has neither email nor password, and the role `user` unless others are given', async () => {
    const account = await domain.admin.createServiceAccount({ username: 'ci-bot', roles: [] }, 'root', domain.call());
    expect(account).toMatchObject({ email: '', username: 'ci-bot', kind: 'service', roles: ['user'], active: true });
    expect(account).not.toHaveProperty('passwordHash');
    expect(domain.events.at(-1)).toMatchObject({ type: 'user.created', userId: account.id, actorId: 'root' });
    const again = () => domain.admin.createServiceAccount({ username: 'CI-Bot', roles: [] }, 'root', domain.call());
    expect(await reasonOf(again)).toBe('USERNAME_TAKEN');
    const unknownRole = () => domain.admin.createServiceAccount({ username: 'x', roles: ['x'] }, 'root', domain.call());
    await expect(unknownRole()).rejects.toMatchObject({ violations: [{ field: 'username' }, { field: 'roles' }] });
  });

  test('cannot log in, whatever the password', async () => {
    const { username } = await aServiceAccount();
    for (const password of ['', ' ', PASSWORD]) {
      const login = () => domain.auth.login({ username, password, deviceName: '' }, domain.call());
      expect(await reasonOf(login)).toBe('BAD_CREDENTIALS');
    }
    const byEmail = () => domain.auth.login({ username: '', password: PASSWORD, deviceName: '' }, domain.call());
    expect(await reasonOf(byEmail)).toBe('BAD_CREDENTIALS');
  });
});

test('The name of a key holds nothing that moves the cursor of a terminal or turns a text around, nor does one of before', async () => {
  const { id: userId } = await aServiceAccount();
  const [name, shown] = ['\u001b[2Jci\u202e\r\nbot\u0007', '[2Jci bot'];
  expect((await create(userId, { name })).key.name).toBe(shown);
  const before = anApiKey({ userId, name });
  await domain.store.apiKeys.insert(before, { atMost: 49, keep: 200 }, domain.call());
  const { keys } = await domain.admin.listApiKeys({ userId, pageSize: 0, pageToken: '' }, domain.call());
  expect(keys.map((key) => key.name)).toEqual([shown, shown]);
  const rotated = await domain.admin.rotateApiKey({ keyId: before.id, overlapSeconds: 0 }, '', domain.call());
  expect(rotated.key.name).toBe(shown);
  expect(await reasonOf(() => create(userId, { name: '\u202e\n' }))).toBe('INVALID_FIELDS');
});

test('ListMyApiKeys shows every live key and the newest of the others where all are more than an answer takes', async () => {
  const { tokens, user } = await domain.signedIn();
  const limits = { atMost: 49, keep: 1_000 };
  const [live, ...ended] = Array.from({ length: 20 }, (_, i) =>
    anApiKey({ userId: user.id, name: 'x'.repeat(50_000), ...(i > 0 && { revokedAt: new Date(domain.clock.now()) }) }),
  );
  for (const key of [live, ...ended]) await domain.store.apiKeys.insert(key as StoredApiKey, limits, domain.call());
  const listed = await domain.auth.listMyApiKeys(...domain.bearer(tokens.accessToken));
  const newest = ended.slice(-(listed.length - 1));
  expect(listed.map(({ id }) => id)).toEqual([live, ...newest].map((key) => key?.id));
  expect(listed.length).toBeGreaterThan(2);
  expect(listed.length).toBeLessThan(20);
});

test('ListApiKeys ends a page before the answer is more than clients take, and goes on where it ended', async () => {
  const { id: userId } = await aServiceAccount();
  const keys = Array.from({ length: 20 }, () => anApiKey({ userId, name: 'x'.repeat(50_000) }));
  const limits = { atMost: 49, keep: 1_000 };
  for (const key of keys) await domain.store.apiKeys.insert(key, limits, domain.call());
  const pages: string[][] = [];
  let pageToken = '';
  do {
    const page = await domain.admin.listApiKeys({ userId, pageSize: 1_000, pageToken }, domain.call());
    pages.push(page.keys.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.flat()).toEqual(keys.map(({ id }) => id));
});

test('An owner of 200 keys that have ended can make another, and the oldest is listed no more', async () => {
  const { id: userId } = await aServiceAccount();
  const limits = { atMost: 49, keep: 200 };
  const revokedAt = new Date(domain.clock.now());
  const ended = Array.from({ length: 200 }, () => anApiKey({ userId, revokedAt }));
  await Promise.all(ended.map((key) => domain.store.apiKeys.insert(key, limits, domain.call())));
  const { key } = await create(userId);
  const { keys } = await domain.admin.listApiKeys({ userId, pageSize: 1_000, pageToken: '' }, domain.call());
  expect(keys.map(({ id }) => id)).toEqual([...ended.slice(1), key].map(({ id }) => id));
});

describe('CreateApiKey', () => {
  test('gives what is asked of it, and 90 days and the roles of the owner when nothing is', async () => {
    const { id } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    const now = domain.clock.now();
    expect(key).toEqual({
      id: key.id,
      userId: id,
      name: 'ci',
      prefix: apiKey.slice(0, 27),
      roles: ['user', 'service'],
      allowedCidrs: [],
      createdAt: new Date(now),
      expiresAt: new Date(now + 90 * DAY_MS),
      lastUsedAt: null,
      revokedAt: null,
    });
    const asked = { roles: ['service', 'service'], expiresAt: new Date(now + DAY_MS), allowedCidrs: ['10.1.2.3/8'] };
    const limited = await create(id, asked);
    expect(limited.key).toMatchObject({ ...asked, roles: ['service'], allowedCidrs: ['10.0.0.0/8'] });
    expect(domain.eventTypes().filter((type) => type === 'api_key.created')).toHaveLength(2);
  });

  test('says everything that is wrong with the fields at once', async () => {
    const { id } = await aServiceAccount();
    const wrong = { name: '', roles: ['admin'], expiresAt: new Date(domain.clock.now()), allowedCidrs: ['x'] };
    const fields = ['name', 'roles', 'expires_at', 'allowed_cidrs'].map((field) => ({ field }));
    await expect(create(id, wrong)).rejects.toMatchObject({ reason: 'INVALID_FIELDS', violations: fields });
    const tooLong = new Date(domain.clock.now() + 366 * DAY_MS + 1);
    expect(await reasonOf(() => create(id, { expiresAt: tooLong }))).toBe('INVALID_FIELDS');
    expect(await reasonOf(() => create(id, { expiresAt: new Date(Number.NaN) }))).toBe('INVALID_FIELDS');
    expect(await reasonOf(() => create(id, { name: 'n'.repeat(129) }))).toBe('INVALID_FIELDS');
    expect(await reasonOf(() => create(''))).toBe('INVALID_FIELDS');
    expect(await reasonOf(() => create(anId()))).toBe('USER_NOT_FOUND');
  });

  test('refuses the 51st live key of an owner', async () => {
    const { id } = await aServiceAccount();
    const [first] = await Promise.all(Array.from({ length: 50 }, () => create(id)));
    expect(await reasonOf(() => create(id))).toBe('API_KEY_LIMIT');
    const rotated = await domain.admin.rotateApiKey(
      { keyId: first?.key.id ?? '', overlapSeconds: 60 },
      '',
      domain.call(),
    );
    expect(await reasonOf(() => create(id))).toBe('API_KEY_LIMIT');
    await domain.admin.revokeApiKey({ keyId: rotated.key.id }, '', domain.call());
    await create(id);
  });
});

describe('The API keys of a person', () => {
  test('are made, listed and ended by their owners, and by no other user', async () => {
    const ada = await domain.signedIn();
    const bob = await domain.signedIn();
    const asAda = () => domain.bearer(ada.tokens.accessToken);
    const asBob = () => domain.bearer(bob.tokens.accessToken);
    const { apiKey, key } = await domain.auth.createMyApiKey(NOTHING_ASKED, ...asAda());
    expect(await validate(apiKey)).toMatchObject({ userId: ada.user.id, kind: 'person', apiKeyId: key.id });
    expect(await domain.auth.listMyApiKeys(...asAda())).toEqual([key]);
    expect(await domain.auth.listMyApiKeys(...asBob())).toEqual([]);
    const revoke = (keyId: string, as = asBob()) => domain.auth.revokeMyApiKey({ keyId }, ...as);
    expect(await reasonOf(() => revoke(key.id))).toBe('API_KEY_NOT_FOUND');
    await validate(apiKey);
    await revoke(key.id, domain.bearer(apiKey));
    expect(await reasonOf(() => validate(apiKey))).toBe('TOKEN_REVOKED');
    await revoke(key.id, asAda());
    expect((await domain.auth.listMyApiKeys(...asAda()))[0]?.revokedAt).toEqual(new Date(domain.clock.now()));
    expect(await reasonOf(() => revoke('', asAda()))).toBe('INVALID_FIELDS');
    expect(await reasonOf(() => revoke(anId(), asAda()))).toBe('API_KEY_NOT_FOUND');
  });

  test('change no credentials, nor does what was exchanged for one [C14]', async () => {
    const { tokens } = await domain.signedIn();
    const { apiKey } = await domain.auth.createMyApiKey(NOTHING_ASKED, ...domain.bearer(tokens.accessToken));
    const { accessToken } = await domain.auth.exchangeApiKey({ apiKey, roles: [], ttlSeconds: 0 }, domain.call());
    await validate(apiKey);
    for (const bearer of [apiKey, accessToken]) {
      const passwords = { currentPassword: PASSWORD, newPassword: 'another unusual sentence' };
      expect(await reasonOf(() => domain.auth.changePassword(passwords, ...domain.bearer(bearer)))).toBe(
        'SESSION_REQUIRED',
      );
      const another = () => domain.auth.createMyApiKey(NOTHING_ASKED, ...domain.bearer(bearer));
      expect(await reasonOf(another)).toBe('SESSION_REQUIRED');
      expect((await domain.auth.getCurrentUser(...domain.bearer(bearer))).username).toBeDefined();
      expect(await domain.auth.listSessions(...domain.bearer(bearer))).toMatchObject([{ current: false }]);
    }
  });

  test('administer, but make no keys, when their owner is an admin', async () => {
    const { user } = await domain.signedIn();
    await domain.admin.setUserRoles({ userId: user.id, roles: ['admin'] }, '', domain.call());
    const { apiKey } = await create(user.id);
    const call = () => domain.call({ bearer: apiKey });
    expect(await domain.admin.authorize(call())).toEqual({ actorId: user.id, userId: user.id });
    expect(await reasonOf(() => domain.admin.authorizeSession(call()))).toBe('SESSION_REQUIRED');
    const client = domain.call({ clientNames: ['ops.example.org'] });
    expect(await domain.admin.authorizeSession(client)).toMatchObject({ actorId: 'ops.example.org' });
  });
});

describe('RotateApiKey', () => {
  test('makes a successor and lets the old key live on for the overlap, on every replica', async () => {
    const { id } = await aServiceAccount();
    const old = await create(id, { expiresAt: new Date(domain.clock.now() + 10 * DAY_MS) });
    await validate(old.apiKey);
    domain.clock.advance(DAY_MS);
    const { accessToken } = await domain.auth.exchangeApiKey(
      { apiKey: old.apiKey, roles: [], ttlSeconds: 900 },
      domain.call(),
    );
    const successor = await domain.admin.rotateApiKey({ keyId: old.key.id, overlapSeconds: 60 }, 'root', domain.call());
    expect(successor.key).toEqual({
      ...old.key,
      id: successor.key.id,
      prefix: successor.apiKey.slice(0, 27),
      createdAt: new Date(domain.clock.now()),
      expiresAt: new Date(domain.clock.now() + 10 * DAY_MS),
    });
    expect(domain.events.at(-1)).toMatchObject({ type: 'api_key.rotated', userId: id, actorId: 'root' });
    domain.clock.advance(60 * SECOND_MS - 1);
    domain.deps.revocations.onFresh(domain.clock.monotonic());
    for (const credential of [old.apiKey, successor.apiKey, accessToken]) await validate(credential);
    domain.clock.advance(1);
    domain.deps.revocations.onFresh(domain.clock.monotonic());
    expect(await reasonOf(() => validate(old.apiKey))).toBe('TOKEN_REVOKED');
    expect(await reasonOf(() => validate(accessToken))).toBe('TOKEN_REVOKED');
    await validate(successor.apiKey);
  });

  test('ends the old key at once without an overlap', async () => {
    const { id } = await aServiceAccount();
    const old = await create(id);
    await validate(old.apiKey);
    const successor = await domain.admin.rotateApiKey({ keyId: old.key.id, overlapSeconds: 0 }, '', domain.call());
    expect(await reasonOf(() => validate(old.apiKey))).toBe('TOKEN_REVOKED');
    await validate(successor.apiKey);
  });

  test('refuses a key that is not live, and an overlap over a day', async () => {
    const { id } = await aServiceAccount();
    const { key } = await create(id);
    const rotate = (keyId: string, overlapSeconds = 0) =>
      domain.admin.rotateApiKey({ keyId, overlapSeconds }, '', domain.call());
    for (const seconds of [-1, 86_401]) expect(await reasonOf(() => rotate(key.id, seconds))).toBe('INVALID_FIELDS');
    expect(await reasonOf(() => rotate(anId()))).toBe('API_KEY_NOT_FOUND');
    await domain.admin.revokeApiKey({ keyId: key.id }, '', domain.call());
    expect(await reasonOf(() => rotate(key.id))).toBe('API_KEY_NOT_FOUND');
  });

  test('leaves a key revocable during its overlap', async () => {
    const { id } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    await domain.admin.rotateApiKey({ keyId: key.id, overlapSeconds: 3600 }, '', domain.call());
    await validate(apiKey);
    await domain.admin.revokeApiKey({ keyId: key.id }, '', domain.call());
    expect(await reasonOf(() => validate(apiKey))).toBe('TOKEN_REVOKED');
  });
});

describe('ExchangeApiKey', () => {
  const exchange = (apiKey: string, input: { roles?: string[]; ttlSeconds?: number } = {}) =>
    domain.auth.exchangeApiKey({ apiKey, roles: [], ttlSeconds: 0, ...input }, domain.call());

  test('gives an access token of the key, for at most 15 minutes', async () => {
    const { id, username } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    const { accessToken, expiresIn } = await exchange(apiKey);
    expect(expiresIn).toBe(900);
    expect(await validate(accessToken)).toMatchObject({
      userId: id,
      username,
      roles: ['user', 'service'],
      sessionId: key.id,
      apiKeyId: key.id,
      kind: 'service',
    });
    expect((await exchange(apiKey, { ttlSeconds: 60 })).expiresIn).toBe(60);
    for (const ttlSeconds of [59, 901, -1]) {
      expect(await reasonOf(() => exchange(apiKey, { ttlSeconds }))).toBe('INVALID_FIELDS');
    }
    const short = await create(id, { expiresAt: new Date(domain.clock.now() + 100 * SECOND_MS) });
    expect((await exchange(short.apiKey)).expiresIn).toBeLessThanOrEqual(100);
    expect(await reasonOf(() => exchange(accessToken))).toBe('INVALID_TOKEN');
    expect(await reasonOf(() => exchange(''))).toBe('INVALID_TOKEN');
  });

  test('gives fewer roles, which no later change of the owner widens', async () => {
    const { id } = await aServiceAccount();
    const { apiKey } = await create(id);
    const { accessToken } = await exchange(apiKey, { roles: ['service'] });
    expect(await validate(accessToken)).toMatchObject({ roles: ['service'] });
    await domain.admin.setUserRoles({ userId: id, roles: ['service', 'user', 'admin'] }, '', domain.call());
    expect(await validate(accessToken)).toMatchObject({ roles: ['service'] });
    await domain.admin.setUserRoles({ userId: id, roles: ['user'] }, '', domain.call());
    expect(await validate(accessToken)).toMatchObject({ roles: [] });
    expect(await reasonOf(() => exchange(apiKey, { roles: ['service'] }))).toBe('ROLE_MISSING');
    expect(domain.eventTypes().at(-1)).toBe('role.denied');
  });

  test('is void as soon as the key is, also for those who ask the store', async () => {
    const { id } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    const { accessToken } = await exchange(apiKey);
    const fresh = async () => domain.auth.validate({ accessToken, allowAnonymous: false, fresh: true }, domain.call());
    expect(await fresh()).toMatchObject({ userId: id, roles: ['user', 'service'] });
    await domain.admin.revokeApiKey({ keyId: key.id }, '', domain.call());
    expect(await reasonOf(() => validate(accessToken))).toBe('TOKEN_REVOKED');
    expect(await reasonOf(fresh)).toBe('TOKEN_REVOKED');
    expect(await reasonOf(() => exchange(apiKey))).toBe('TOKEN_REVOKED');
  });
});
