import { useApiKeyDomain } from '../../support/domain/api-keys';
import { anApiKey, anId } from '../../support/domain/builders';
import { refusalReason } from '../../support/domain/domain';

const DAY_MS = 86_400_000;

const { aServiceAccount, create, domain } = useApiKeyDomain();

test('The name of a key holds nothing that moves the cursor of a terminal or turns a text around, nor does one of before', async () => {
  const { id: userId } = await aServiceAccount();
  const [name, shown] = ['\u001b[2Jci\u202e\r\nbot\u0007', '[2Jci bot'];
  expect((await create(userId, { name })).key.name).toBe(shown);
  const before = anApiKey({ userId, name });
  await domain().store.apiKeys.insert(before, { atMost: 49, keep: 200 }, domain().call());
  const { keys } = await domain().admin.listApiKeys({ userId, pageSize: 0, pageToken: '' }, domain().call());
  expect(keys.map((key) => key.name)).toEqual([shown, shown]);
  const rotated = await domain().admin.rotateApiKey({ keyId: before.id, overlapSeconds: 0 }, '', domain().call());
  expect(rotated.key.name).toBe(shown);
  expect(await refusalReason(() => create(userId, { name: '\u202e\n' }))).toBe('INVALID_FIELDS');
});

test('An owner of 200 keys that have ended can make another, and the oldest is listed no more', async () => {
  const { id: userId } = await aServiceAccount();
  const limits = { atMost: 49, keep: 200 };
  const revokedAt = new Date(domain().clock.now());
  const ended = Array.from({ length: 200 }, () => anApiKey({ userId, revokedAt }));
  await Promise.all(ended.map((key) => domain().store.apiKeys.insert(key, limits, domain().call())));
  const { key } = await create(userId);
  const { keys } = await domain().admin.listApiKeys({ userId, pageSize: 1_000, pageToken: '' }, domain().call());
  expect(keys.map(({ id }) => id)).toEqual([...ended.slice(1), key].map(({ id }) => id));
});

describe('CreateApiKey', () => {
  test('gives what is asked of it, and 90 days and the roles of the owner when nothing is', async () => {
    const { id } = await aServiceAccount();
    const { apiKey, key } = await create(id);
    const now = domain().clock.now();
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
    expect(
      domain()
        .eventTypes()
        .filter((type) => type === 'api_key.created'),
    ).toHaveLength(2);
  });

  test('says everything that is wrong with the fields at once', async () => {
    const { id } = await aServiceAccount();
    const wrong = { name: '', roles: ['admin'], expiresAt: new Date(domain().clock.now()), allowedCidrs: ['x'] };
    const fields = ['name', 'roles', 'expires_at', 'allowed_cidrs'].map((field) => ({ field }));
    await expect(create(id, wrong)).rejects.toMatchObject({ reason: 'INVALID_FIELDS', violations: fields });
    const tooLong = new Date(domain().clock.now() + 366 * DAY_MS + 1);
    expect(await refusalReason(() => create(id, { expiresAt: tooLong }))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => create(id, { expiresAt: new Date(Number.NaN) }))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => create(id, { name: 'n'.repeat(129) }))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => create(''))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => create(anId()))).toBe('USER_NOT_FOUND');
  });

  test('refuses the 51st live key of an owner', async () => {
    const { id } = await aServiceAccount();
    const [first] = await Promise.all(Array.from({ length: 50 }, () => create(id)));
    expect(await refusalReason(() => create(id))).toBe('API_KEY_LIMIT');
    const rotated = await domain().admin.rotateApiKey(
      { keyId: first?.key.id ?? '', overlapSeconds: 60 },
      '',
      domain().call(),
    );
    expect(await refusalReason(() => create(id))).toBe('API_KEY_LIMIT');
    await domain().admin.revokeApiKey({ keyId: rotated.key.id }, '', domain().call());
    await create(id);
  });
});
