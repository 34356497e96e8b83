import { useApiKeyDomain } from '../../support/domain/api-keys';
import { refusalReason } from '../../support/domain/domain';

const SECOND_MS = 1_000;

const { aServiceAccount, create, domain, validate } = useApiKeyDomain();

describe('ExchangeApiKey', () => {
  const exchange = (apiKey: string, input: { roles?: string[]; ttlSeconds?: number } = {}) =>
    domain().auth.exchangeApiKey({ apiKey, roles: [], ttlSeconds: 0, ...input }, domain().call());

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
      expect(await refusalReason(() => exchange(apiKey, { ttlSeconds }))).toBe('INVALID_FIELDS');
    }
    const short = await create(id, { expiresAt: new Date(domain().clock.now() + 100 * SECOND_MS) });
    expect((await exchange(short.apiKey)).expiresIn).toBeLessThanOrEqual(100);
    expect(await refusalReason(() => exchange(accessToken))).toBe('INVALID_TOKEN');
    expect(await refusalReason(() => exchange(''))).toBe('INVALID_TOKEN');
  });

  test('gives fewer roles, which no later change of the owner widens', async () => {
    const { id } = await aServiceAccount();
    const { apiKey } = await create(id);
    const { accessToken } = await exchange(apiKey, { roles: ['service'] });
    expect(await validate(accessToken)).toMatchObject({ roles: ['service'] });
    await domain().admin.setUserRoles({ userId: id, roles: ['service', 'user', 'admin'] }, '', domain().call());
    expect(await validate(accessToken)).toMatchObject({ roles: ['service'] });
    await domain().admin.setUserRoles({ userId: id, roles: ['user'] }, '', domain().call());
    expect(await validate(accessToken)).toMatchObject({ roles: [] });
    expect(await refusalReason(() => exchange(apiKey, { roles: ['service'] }))).toBe('ROLE_MISSING');
    expect(domain().eventTypes().at(-1)).toBe('role.denied');
  });

  test('is void as soon as the key is, also for those who ask the store', async () => {
    const { id } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    const { accessToken } = await exchange(apiKey);
    const fresh = async () =>
      domain().auth.validate({ accessToken, allowAnonymous: false, fresh: true }, domain().call());
    expect(await fresh()).toMatchObject({ userId: id, roles: ['user', 'service'] });
    await domain().admin.revokeApiKey({ keyId: key.id }, '', domain().call());
    expect(await refusalReason(() => validate(accessToken))).toBe('TOKEN_REVOKED');
    expect(await refusalReason(fresh)).toBe('TOKEN_REVOKED');
    expect(await refusalReason(() => exchange(apiKey))).toBe('TOKEN_REVOKED');
  });
});
