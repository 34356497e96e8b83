import { crc32 } from 'node:zlib';
import { AuthError } from '../../../src/auth/errors';
import { Revocations } from '../../../src/auth/revocation/revocations';
import { openApiKeys } from '../../../src/composition/open-api-keys';
import { base62 } from '../../../src/crypto/api-keys/base62';
import { type Domain, openDomain, refusalReason } from '../../support/domain/domain';

const MINUTE_MS = 60_000;

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

async function aKey(fields: Partial<Parameters<Domain['admin']['createApiKey']>[0]> = {}, roles = ['user', 'service']) {
  const username = `s-${Math.random().toString(36).slice(2)}`;
  const owner = await domain.admin.createServiceAccount({ username, roles }, 'an-admin', domain.call());
  const asked = { userId: owner.id, name: 'ci', roles: [], expiresAt: undefined, allowedCidrs: [], ...fields };
  const { apiKey, key } = await domain.admin.createApiKey(asked, 'an-admin', domain.call());
  return { apiKey, key, owner };
}

const validate = async (accessToken: string, call: Parameters<Domain['call']>[0] = {}) =>
  domain.auth.validate({ accessToken, allowAnonymous: false, fresh: false }, domain.call(call));

/** The process stays in touch with the feed, which remembers 40 minutes. */
function letAnHourPass(): void {
  for (let i = 0; i < 6; i += 1) {
    domain.clock.advance(10 * MINUTE_MS);
    domain.deps.revocations.onFresh(domain.clock.monotonic());
  }
}

/** Reads of keys in the store from now on. */
function countReads(): () => number {
  const reads = jest.spyOn(domain.store.apiKeys, 'findOwned');
  return () => reads.mock.calls.length;
}

describe('Validate of an API key', () => {
  test('finds the owner, and what the key may do', async () => {
    const { apiKey, key, owner } = await aKey({ roles: ['service'] });
    expect(await validate(apiKey)).toEqual({
      userId: owner.id,
      username: owner.username,
      roles: ['service'],
      sessionId: key.id,
      issuedAt: Math.floor(key.createdAt.getTime() / 1000),
      expiresAt: Math.floor(key.expiresAt.getTime() / 1000),
      kind: 'service',
      apiKeyId: key.id,
    });
  });

  test('reads the store once, and then answers without a promise', async () => {
    const reads = countReads();
    const { apiKey } = await aKey();
    const first = await validate(apiKey);
    const again = domain.auth.validate({ accessToken: apiKey, allowAnonymous: false, fresh: false }, domain.call());
    expect(again).toBe(first);
    expect(reads()).toBe(1);
  });

  test('refuses a wrong shape, checksum, id and secret alike, the first two without a read [C13]', async () => {
    const { apiKey } = await aKey();
    const other = await aKey();
    const body = `${apiKey.slice(0, 28)}${other.apiKey.slice(28, 71)}`;
    const wrongSecret = body + base62(BigInt(crc32(body)), 6);
    await domain.store.apiKeys.deleteAll(other.owner.id, domain.call());
    const reads = countReads();
    expect(await refusalReason(() => validate(apiKey.slice(0, -1)))).toBe('INVALID_TOKEN');
    expect(await refusalReason(() => validate(`${apiKey.slice(0, -1)}!`))).toBe('INVALID_TOKEN');
    expect(reads()).toBe(0);
    expect(await refusalReason(() => validate(wrongSecret))).toBe('INVALID_TOKEN');
    expect(await refusalReason(() => validate(other.apiKey))).toBe('INVALID_TOKEN');
    expect(reads()).toBe(2);
    expect(domain.events.at(-1)).toMatchObject({ type: 'api_key.refused', reason: 'wrong_secret' });
  });

  test('in a batch beside what ends the call is looked up in vain, and nothing is left that rejects later [E11]', async () => {
    const { apiKey } = await aKey();
    const { tokens } = await domain.signedIn();
    const outage = new AuthError('STORE_UNAVAILABLE');
    jest.spyOn(domain.store.apiKeys, 'findOwned').mockRejectedValue(outage);
    jest.spyOn(domain.deps.revocations, 'isStale').mockReturnValue(true);
    const refused = domain.auth.batchValidate([apiKey, tokens.accessToken], domain.call());
    await expect(refused).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
  });

  test.each(['warm', 'cold'])('refuses a revoked key, %s', async (how) => {
    const { apiKey, key } = await aKey();
    if (how === 'warm') await validate(apiKey);
    await domain.admin.revokeApiKey({ keyId: key.id }, 'an-admin', domain.call());
    const reads = countReads();
    for (let i = 0; i < 3; i += 1) expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
    expect(reads()).toBe(how === 'warm' ? 0 : 1);
  });

  test('refuses a key that has expired, warm and cold', async () => {
    const { apiKey } = await aKey({ expiresAt: new Date(domain.clock.now() + MINUTE_MS) });
    const cold = await aKey({ expiresAt: new Date(domain.clock.now() + MINUTE_MS) });
    await validate(apiKey);
    domain.clock.advance(MINUTE_MS - 1);
    await validate(apiKey);
    domain.clock.advance(1);
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_EXPIRED');
    expect(await refusalReason(() => validate(cold.apiKey))).toBe('TOKEN_EXPIRED');
  });

  test('carries the roles that key and owner both have now [C14]', async () => {
    const { apiKey, owner } = await aKey({ roles: ['user', 'service'] });
    const rolesNow = async () => ((await validate(apiKey)) as { roles: readonly string[] }).roles;
    expect(await rolesNow()).toEqual(['user', 'service']);
    await domain.admin.setUserRoles({ userId: owner.id, roles: ['service', 'moderator'] }, '', domain.call());
    expect(await rolesNow()).toEqual(['service']);
    await domain.admin.setUserRoles({ userId: owner.id, roles: ['user', 'service'] }, '', domain.call());
    expect(await rolesNow()).toEqual(['user', 'service']);
  });

  test('says USER_INACTIVE while its owner is disabled, works again after that, and ends with the owner', async () => {
    const { apiKey, owner } = await aKey();
    const cold = await domain.admin.createApiKey(
      { userId: owner.id, name: 'cold', roles: [], expiresAt: undefined, allowedCidrs: [] },
      '',
      domain.call(),
    );
    await validate(apiKey);
    await domain.admin.setUserActive({ userId: owner.id, active: false }, '', domain.call());
    expect(await refusalReason(() => validate(apiKey))).toBe('USER_INACTIVE');
    expect(await refusalReason(() => validate(cold.apiKey))).toBe('USER_INACTIVE');
    await domain.admin.setUserActive({ userId: owner.id, active: true }, '', domain.call());
    await validate(apiKey);
    await validate(cold.apiKey);
    await domain.admin.deleteUser({ userId: owner.id }, '', domain.call());
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
    expect(await domain.store.apiKeys.list({ userId: owner.id, after: undefined, limit: 9 }, domain.call())).toEqual(
      [],
    );
  });

  test('lets a key through from its networks only', async () => {
    const { apiKey } = await aKey({ allowedCidrs: ['10.0.0.0/8', '2001:db8::/32'] });
    await validate(apiKey, { ipAddress: '10.9.8.7' });
    await validate(apiKey, { ipAddress: '2001:db8::7' });
    expect(await refusalReason(() => validate(apiKey, { ipAddress: '192.0.2.7' }))).toBe('INVALID_TOKEN');
    expect(await refusalReason(() => validate(apiKey, { ipAddress: 'unix' }))).toBe('INVALID_TOKEN');
    expect(domain.events.at(-1)).toMatchObject({ type: 'api_key.refused', reason: 'source_not_allowed' });
    await validate(apiKey, { ipAddress: '10.9.8.7' });
  });

  test('remembers an end that came longer ago than the feed remembers', async () => {
    const { apiKey, key, owner } = await aKey({ roles: ['user', 'service'] });
    await validate(apiKey);
    await domain.admin.setUserRoles({ userId: owner.id, roles: ['user'] }, '', domain.call());
    await domain.maintainApiKeys();
    letAnHourPass();
    expect(domain.deps.revocations.findUserState(owner.id)).toBeUndefined();
    expect(await validate(apiKey)).toMatchObject({ roles: ['user'] });
    await domain.admin.revokeApiKey({ keyId: key.id }, '', domain.call());
    await domain.maintainApiKeys();
    letAnHourPass();
    const reads = countReads();
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
    expect(reads()).toBe(0);
  });

  test('believes what the feed brought while the store was read', async () => {
    const { apiKey, key } = await aKey();
    const read = domain.store.apiKeys.findOwned.bind(domain.store.apiKeys);
    jest.spyOn(domain.store.apiKeys, 'findOwned').mockImplementation(async (id, call) => {
      const found = await read(id, call);
      await domain.admin.revokeApiKey({ keyId: key.id }, '', domain.call());
      return found;
    });
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
  });

  test('bounds the look-ups of a source that presents unknown keys', async () => {
    const known = await aKey();
    const stillCold = await aKey();
    await validate(known.apiKey);
    const reads = countReads();
    const reasons = new Map<string, number>();
    for (let i = 0; i < 300; i += 1) {
      const { text } = domain.deps.apiKeyTexts.mint(domain.deps.ids.next());
      const reason = await refusalReason(() => validate(text));
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    expect(Object.fromEntries(reasons)).toEqual({ INVALID_TOKEN: 100, RATE_LIMITED: 200 });
    expect(reads()).toBe(100);
    await validate(known.apiKey);
    await validate(stillCold.apiKey, { source: '198.51.100.1' });
    expect(await refusalReason(() => validate(domain.deps.apiKeyTexts.mint(domain.deps.ids.next()).text))).toBe(
      'RATE_LIMITED',
    );
  });

  test('lets a source that presents many unknown keys at once wait until all of them have been paid back', async () => {
    const unknown = () => domain.deps.apiKeyTexts.mint(domain.deps.ids.next()).text;
    for (let i = 0; i < 99; i += 1) await refusalReason(() => validate(unknown()));
    const atOnce = await Promise.all(Array.from({ length: 60 }, () => refusalReason(() => validate(unknown()))));
    expect(new Set(atOnce)).toEqual(new Set(['INVALID_TOKEN']));
    domain.clock.advance(2_900);
    expect(await refusalReason(() => validate(unknown()))).toBe('RATE_LIMITED');
    domain.clock.advance(200);
    expect(await refusalReason(() => validate(unknown()))).toBe('INVALID_TOKEN');
  });

  test('reads key and owner again when it is to be fresh', async () => {
    const { apiKey, key, owner } = await aKey({ roles: ['user', 'service'] });
    await validate(apiKey);
    const fresh = async () =>
      domain.auth.validate({ accessToken: apiKey, allowAnonymous: false, fresh: true }, domain.call());
    await domain.store.users.setRoles(owner.id, ['service'], domain.call());
    expect(await fresh()).toMatchObject({ roles: ['service'] });
    await domain.store.apiKeys.revoke(key.id, { at: new Date(domain.clock.now()) }, domain.call());
    expect(await refusalReason(fresh)).toBe('TOKEN_REVOKED');
  });

  test('is a result of BatchValidate and CheckRole, warm and cold', async () => {
    const { apiKey, owner } = await aKey({ roles: ['service'] });
    const { tokens } = await domain.signedIn();
    const batch = async () => domain.auth.batchValidate([tokens.accessToken, apiKey, 'pstn_x'], domain.call());
    for (let i = 0; i < 2; i += 1) {
      const [, second, third] = await batch();
      expect(second).toMatchObject({ userId: owner.id });
      expect(third).toMatchObject({ reason: 'INVALID_TOKEN' });
    }
    const check = async (role: string) => domain.auth.checkRole({ accessToken: apiKey, roles: [role] }, domain.call());
    expect(await check('service')).toMatchObject({ matchedRole: 'service', principal: { userId: owner.id } });
    expect(await refusalReason(() => check('user'))).toBe('ROLE_MISSING');
  });

  test('notes when it was last used, right to a minute and once for many calls', async () => {
    const { apiKey, key } = await aKey();
    const writes = jest.spyOn(domain.store.apiKeys, 'recordUses');
    const lastUsedAt = async () => (await domain.store.apiKeys.find(key.id, domain.call()))?.lastUsedAt;
    await validate(apiKey);
    domain.clock.advance(5_000);
    for (let i = 0; i < 10; i += 1) await validate(apiKey);
    expect(await lastUsedAt()).toBeNull();
    await domain.maintainApiKeys();
    await domain.maintainApiKeys();
    expect(await lastUsedAt()).toEqual(new Date(domain.clock.now()));
    expect(writes).toHaveBeenCalledTimes(1);
  });

  test('reads every key again when the feed may have been missed for good', async () => {
    const { apiKey } = await aKey();
    const { clock, deps, store } = domain;
    const revocations = new Revocations(store.revocationFeed, clock, { windowMs: MINUTE_MS, maxStalenessMs: 30_000 });
    const { verifyApiKey } = openApiKeys({ ...deps, revocations, internalCall: domain.call, onProblem: () => {} });
    revocations.onFresh(clock.monotonic());
    await verifyApiKey(apiKey, domain.call());
    const reads = countReads();
    for (const [outOfTouchMs, expected] of [
      [25_000, 0],
      [31_000, 1],
    ] as const) {
      clock.advance(outOfTouchMs);
      revocations.onFresh(clock.monotonic());
      await verifyApiKey(apiKey, domain.call());
      expect(reads()).toBe(expected);
    }
    clock.advance(30_001);
    expect(await refusalReason(async () => verifyApiKey(apiKey, domain.call()))).toBe('STORE_UNAVAILABLE');
  });
});
