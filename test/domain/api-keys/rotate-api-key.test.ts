import { useApiKeyDomain } from '../../support/domain/api-keys';
import { anId } from '../../support/domain/builders';
import { refusalReason } from '../../support/domain/domain';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const { aServiceAccount, create, domain, validate } = useApiKeyDomain();

describe('RotateApiKey', () => {
  test('makes a successor and lets the old key live on for the overlap, on every replica', async () => {
    const { id } = await aServiceAccount();
    const old = await create(id, { expiresAt: new Date(domain().clock.now() + 10 * DAY_MS) });
    await validate(old.apiKey);
    domain().clock.advance(DAY_MS);
    const { accessToken } = await domain().auth.exchangeApiKey(
      { apiKey: old.apiKey, roles: [], ttlSeconds: 900 },
      domain().call(),
    );
    const successor = await domain().admin.rotateApiKey(
      { keyId: old.key.id, overlapSeconds: 60 },
      'root',
      domain().call(),
    );
    expect(successor.key).toEqual({
      ...old.key,
      id: successor.key.id,
      prefix: successor.apiKey.slice(0, 27),
      createdAt: new Date(domain().clock.now()),
      expiresAt: new Date(domain().clock.now() + 10 * DAY_MS),
    });
    expect(domain().events.at(-1)).toMatchObject({ type: 'api_key.rotated', userId: id, actorId: 'root' });
    domain().clock.advance(60 * SECOND_MS - 1);
    domain().deps.revocations.onFresh(domain().clock.monotonic());
    for (const credential of [old.apiKey, successor.apiKey, accessToken]) await validate(credential);
    domain().clock.advance(1);
    domain().deps.revocations.onFresh(domain().clock.monotonic());
    expect(await refusalReason(() => validate(old.apiKey))).toBe('TOKEN_REVOKED');
    expect(await refusalReason(() => validate(accessToken))).toBe('TOKEN_REVOKED');
    await validate(successor.apiKey);
  });

  test('ends the old key at once without an overlap', async () => {
    const { id } = await aServiceAccount();
    const old = await create(id);
    await validate(old.apiKey);
    const successor = await domain().admin.rotateApiKey({ keyId: old.key.id, overlapSeconds: 0 }, '', domain().call());
    expect(await refusalReason(() => validate(old.apiKey))).toBe('TOKEN_REVOKED');
    await validate(successor.apiKey);
  });

  test('refuses a key that is not live, and an overlap over a day', async () => {
    const { id } = await aServiceAccount();
    const { key } = await create(id);
    const rotate = (keyId: string, overlapSeconds = 0) =>
      domain().admin.rotateApiKey({ keyId, overlapSeconds }, '', domain().call());
    for (const seconds of [-1, 86_401])
      expect(await refusalReason(() => rotate(key.id, seconds))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => rotate(anId()))).toBe('API_KEY_NOT_FOUND');
    await domain().admin.revokeApiKey({ keyId: key.id }, '', domain().call());
    expect(await refusalReason(() => rotate(key.id))).toBe('API_KEY_NOT_FOUND');
  });

  test('leaves a key revocable during its overlap', async () => {
    const { id } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    await domain().admin.rotateApiKey({ keyId: key.id, overlapSeconds: 3600 }, '', domain().call());
    await validate(apiKey);
    await domain().admin.revokeApiKey({ keyId: key.id }, '', domain().call());
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
  });
});
