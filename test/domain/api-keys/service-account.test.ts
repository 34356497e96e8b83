import { useApiKeyDomain } from '../../support/domain/api-keys';
import { PASSWORD, refusalReason } from '../../support/domain/domain';

const { aServiceAccount, domain } = useApiKeyDomain();

describe('A service account', () => {
  test('has neither email nor password, and the role `user` unless others are given', async () => {
    const account = await domain().admin.createServiceAccount(
      { username: 'ci-bot', roles: [] },
      'root',
      domain().call(),
    );
    expect(account).toMatchObject({ email: '', username: 'ci-bot', kind: 'service', roles: ['user'], active: true });
    expect(account).not.toHaveProperty('passwordHash');
    expect(domain().events.at(-1)).toMatchObject({ type: 'user.created', userId: account.id, actorId: 'root' });
    const again = () => domain().admin.createServiceAccount({ username: 'CI-Bot', roles: [] }, 'root', domain().call());
    expect(await refusalReason(again)).toBe('USERNAME_TAKEN');
    const unknownRole = () =>
      domain().admin.createServiceAccount({ username: 'x', roles: ['x'] }, 'root', domain().call());
    await expect(unknownRole()).rejects.toMatchObject({ violations: [{ field: 'username' }, { field: 'roles' }] });
  });

  test('cannot log in, whatever the password', async () => {
    const { username } = await aServiceAccount();
    for (const password of ['', ' ', PASSWORD]) {
      const login = () => domain().auth.login({ username, password, deviceName: '' }, domain().call());
      expect(await refusalReason(login)).toBe('BAD_CREDENTIALS');
    }
    const byEmail = () => domain().auth.login({ username: '', password: PASSWORD, deviceName: '' }, domain().call());
    expect(await refusalReason(byEmail)).toBe('BAD_CREDENTIALS');
  });
});
