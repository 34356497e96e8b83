import { eventually } from '../../../test/support/domain/eventually';
import type { PosternClient } from '../src';
import { describeAnswer, type GuardedService, startGuardedService } from './support/guarded-service';

describe.each(['ES256', 'RS256'])('A client in mode local, with %s,', (algorithm) => {
  let service: GuardedService;
  let client: PosternClient;

  beforeAll(async () => {
    service = await startGuardedService({ JWT_ALGORITHM: algorithm });
    client = await service.client({ mode: 'local' });
  });
  afterAll(() => service.stop());

  test('answers with the principal that the service names', async () => {
    const { tokens, user } = await service.signedIn('ada');
    const principal = await client.validate(tokens.accessToken);
    const { json } = await service.rpc('AuthService/Validate', { accessToken: tokens.accessToken });
    expect(JSON.parse(JSON.stringify(principal))).toEqual({
      userId: user.id,
      username: 'ada',
      roles: ['user'],
      sessionId: tokens.sessionId,
      issuedAt: new Date(json.principal.issuedAt).toISOString(),
      expiresAt: new Date(json.principal.expiresAt).toISOString(),
      kind: 'person',
      apiKeyId: '',
    });
    expect(client.answerNow(tokens.accessToken)).toMatchObject({ ok: true, via: 'local', principal });
    expect((await client.answer(tokens.accessToken)) === client.answerNow(tokens.accessToken)).toBe(true);
    expect(client.stats()).toMatchObject({ isLocal: true, batchCalls: 0 });
  });

  test('refuses a session within a second of its logout', async () => {
    const { tokens } = await service.signedIn('ben');
    expect(await describeAnswer(client, tokens.accessToken)).toBe('ben:user');
    await service.rpc('AuthService/Logout', { refreshToken: tokens.refreshToken });
    await eventually(
      'it is refused',
      async () => (await describeAnswer(client, tokens.accessToken)) !== 'ben:user',
      1_000,
    );
    expect(await describeAnswer(client, tokens.accessToken)).toBe('TOKEN_REVOKED');
  });

  test('follows a user who is demoted, disabled, enabled and deleted as the service does', async () => {
    const { tokens, user } = await service.signedIn('cem');
    const userId = user.id;
    const becomes = async (answer: string): Promise<void> => {
      await eventually(answer, async () => (await describeAnswer(client, tokens.accessToken)) === answer, 1_000);
      expect(await service.validate(tokens.accessToken)).toBe(answer);
    };
    await becomes('cem:user');
    await service.admin('SetUserRoles', { userId, roles: ['moderator', 'user'] });
    await becomes('cem:moderator,user');
    await service.admin('SetUserActive', { userId, active: false });
    await becomes('USER_INACTIVE');
    await service.admin('SetUserActive', { userId, active: true });
    await becomes('TOKEN_REVOKED');
    const { tokens: later } = await service.login('cem', 'plum-cabinet-orbit-91');
    expect(await describeAnswer(client, later.accessToken)).toBe('cem:moderator,user');
    await service.admin('DeleteUser', { userId });
    await eventually('gone', async () => (await describeAnswer(client, later.accessToken)) === 'TOKEN_REVOKED', 1_000);
    expect(await service.validate(later.accessToken)).toBe('TOKEN_REVOKED');
  });

  test('judges a token of the second of a password change, and a new one of the same second, as the service does', async () => {
    const { tokens } = await service.signedIn('dan');
    const bearer = { authorization: `Bearer ${tokens.accessToken}` };
    const { tokens: other } = await service.login('dan', 'plum-cabinet-orbit-91');
    const words = { currentPassword: 'plum-cabinet-orbit-91', newPassword: 'quartz-violin-meadow-17' };
    await service.rpc('AuthService/ChangePassword', words, bearer);
    const { tokens: later } = await service.login('dan', 'quartz-violin-meadow-17');
    await eventually('ended', async () => (await describeAnswer(client, other.accessToken)) === 'TOKEN_REVOKED', 1_000);
    for (const { accessToken } of [tokens, other, later])
      expect(await describeAnswer(client, accessToken)).toBe(await service.validate(accessToken));
    expect(await describeAnswer(client, later.accessToken)).toBe('dan:user');
  });

  test('gives a token that was exchanged for an API key the roles of both, and ends it with the key', async () => {
    const account = await service.admin('CreateServiceAccount', { username: 'job', roles: ['service', 'moderator'] });
    const { id: userId } = account.user as { id: string };
    const { apiKey, key } = await service.makeApiKey(userId, ['moderator']);
    const { json } = await service.rpc('AuthService/ExchangeApiKey', { apiKey });
    const principal = await client.validate(json.accessToken);
    expect(principal).toMatchObject({ username: 'job', roles: ['moderator'], kind: 'service', apiKeyId: key.id });
    await service.admin('SetUserRoles', { userId, roles: ['service'] });
    await eventually('no role', async () => (await describeAnswer(client, json.accessToken)) === 'job:', 1_000);
    expect(await service.validate(json.accessToken)).toBe('job:');
    await service.admin('RevokeApiKey', { keyId: key.id });
    await eventually('ended', async () => (await describeAnswer(client, json.accessToken)) === 'TOKEN_REVOKED', 1_000);
  });

  test('does not answer for an API key, nor once it is closed', async () => {
    expect(await client.answer(service.apiKey)).toEqual({ ok: false, reason: 'UNAVAILABLE', via: 'local' });
    const { tokens } = await service.signedIn('eva');
    const closed = await service.client({ mode: 'local' });
    expect(await describeAnswer(closed, tokens.accessToken)).toBe('eva:user');
    closed.close();
    expect(closed.answerNow(tokens.accessToken)).toBeUndefined();
    await expect(closed.validate(tokens.accessToken)).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
  });
});
