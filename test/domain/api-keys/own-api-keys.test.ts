import { NOTHING_ASKED, useApiKeyDomain } from '../../support/domain/api-keys';
import { anId } from '../../support/domain/builders';
import { PASSWORD, refusalReason } from '../../support/domain/domain';

const { create, domain, validate } = useApiKeyDomain();

describe('The API keys of a person', () => {
  test('are made, listed and ended by their owners, and by no other user', async () => {
    const ada = await domain().signedIn();
    const bob = await domain().signedIn();
    const asAda = () => domain().bearer(ada.tokens.accessToken);
    const asBob = () => domain().bearer(bob.tokens.accessToken);
    const { apiKey, key } = await domain().auth.createMyApiKey(NOTHING_ASKED, ...asAda());
    expect(await validate(apiKey)).toMatchObject({ userId: ada.user.id, kind: 'person', apiKeyId: key.id });
    expect(await domain().auth.listMyApiKeys(...asAda())).toEqual([key]);
    expect(await domain().auth.listMyApiKeys(...asBob())).toEqual([]);
    const revoke = (keyId: string, as = asBob()) => domain().auth.revokeMyApiKey({ keyId }, ...as);
    expect(await refusalReason(() => revoke(key.id))).toBe('API_KEY_NOT_FOUND');
    await validate(apiKey);
    await revoke(key.id, domain().bearer(apiKey));
    expect(await refusalReason(() => validate(apiKey))).toBe('TOKEN_REVOKED');
    await revoke(key.id, asAda());
    expect((await domain().auth.listMyApiKeys(...asAda()))[0]?.revokedAt).toEqual(new Date(domain().clock.now()));
    expect(await refusalReason(() => revoke('', asAda()))).toBe('INVALID_FIELDS');
    expect(await refusalReason(() => revoke(anId(), asAda()))).toBe('API_KEY_NOT_FOUND');
  });

  test('change no credentials, nor does what was exchanged for one [C14]', async () => {
    const { tokens } = await domain().signedIn();
    const { apiKey } = await domain().auth.createMyApiKey(NOTHING_ASKED, ...domain().bearer(tokens.accessToken));
    const { accessToken } = await domain().auth.exchangeApiKey({ apiKey, roles: [], ttlSeconds: 0 }, domain().call());
    await validate(apiKey);
    for (const bearer of [apiKey, accessToken]) {
      const passwords = { currentPassword: PASSWORD, newPassword: 'another unusual sentence' };
      expect(await refusalReason(() => domain().auth.changePassword(passwords, ...domain().bearer(bearer)))).toBe(
        'SESSION_REQUIRED',
      );
      const another = () => domain().auth.createMyApiKey(NOTHING_ASKED, ...domain().bearer(bearer));
      expect(await refusalReason(another)).toBe('SESSION_REQUIRED');
      expect((await domain().auth.getCurrentUser(...domain().bearer(bearer))).username).toBeDefined();
      expect(await domain().auth.listSessions(...domain().bearer(bearer))).toMatchObject([{ current: false }]);
    }
  });

  test('administer, but make no keys, when their owner is an admin', async () => {
    const { user } = await domain().signedIn();
    await domain().admin.setUserRoles({ userId: user.id, roles: ['admin'] }, '', domain().call());
    const { apiKey } = await create(user.id);
    const call = () => domain().call({ bearer: apiKey });
    expect(await domain().admin.authorize(call())).toEqual({ actorId: user.id, userId: user.id });
    expect(await refusalReason(() => domain().admin.authorizeSession(call()))).toBe('SESSION_REQUIRED');
    const client = domain().call({ clientNames: ['ops.example.org'] });
    expect(await domain().admin.authorizeSession(client)).toMatchObject({ actorId: 'ops.example.org' });
  });
});
