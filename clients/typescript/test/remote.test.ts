import { eventually } from '../../../test/support/domain/eventually';
import { describeAnswer, type GuardedService, startGuardedService } from './support/guarded-service';

describe('A client of a service with ES256', () => {
  let service: GuardedService;
  beforeAll(async () => {
    service = await startGuardedService();
  });
  afterAll(() => service.stop());

  test('answers at once by the service until it has read the feed, then from memory', async () => {
    const { tokens } = await service.signedIn('ada');
    const client = service.open();
    expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'remote' });
    await client.ready();
    expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'local' });
    expect(client.stats().answers).toEqual({ local: { ACCEPTED: 1 }, remote: { ACCEPTED: 1 } });
  });

  test('asks always in mode remote, and 64 callers cost one call', async () => {
    const { tokens } = await service.signedIn('ben');
    const client = service.open({ mode: 'remote', apiKey: '' });
    const callers = Array.from({ length: 64 }, () => client.answer(tokens.accessToken));
    for (const answer of await Promise.all(callers)) expect(answer).toMatchObject({ ok: true, via: 'remote' });
    expect(client.stats().batchCalls).toBeLessThanOrEqual(2);
    await service.rpc('AuthService/Logout', { refreshToken: tokens.refreshToken });
    expect(await describeAnswer(client, tokens.accessToken)).toBe('TOKEN_REVOKED');
    expect(client.stats().stalenessMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('asks once for an API key, and again when the feed has told of its owner or of its end', async () => {
    const account = await service.admin('CreateServiceAccount', { username: 'job', roles: ['service', 'moderator'] });
    const { id: userId } = account.user as { id: string };
    const { apiKey, key } = await service.makeApiKey(userId);
    const client = await service.client();
    expect(await client.answer(apiKey)).toMatchObject({ ok: true, via: 'remote', principal: { apiKeyId: key.id } });
    expect(await client.answer(apiKey)).toMatchObject({ ok: true, via: 'local', principal: { username: 'job' } });
    const becomes = (answer: string) =>
      eventually(answer, async () => (await describeAnswer(client, apiKey)) === answer, 1_000);
    await service.admin('SetUserRoles', { userId, roles: ['service'] });
    await becomes('job:service');
    await service.admin('SetUserRoles', { userId, roles: ['service', 'moderator'] });
    await becomes('job:service,moderator');
    await service.admin('SetUserActive', { userId, active: false });
    await becomes('USER_INACTIVE');
    await service.admin('SetUserActive', { userId, active: true });
    await becomes('job:service,moderator');
    await service.admin('RevokeApiKey', { keyId: key.id });
    await becomes('TOKEN_REVOKED');
  });

  test('a token that lives longer than revocations are kept is asked of the service', async () => {
    const { tokens } = await service.signedIn('cem');
    const client = await service.client({ maxTokenLifetimeMs: 60_000 });
    expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'remote' });
    const local = await service.client({ mode: 'local', maxTokenLifetimeMs: 60_000 });
    expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true });
    expect(await local.answer(tokens.accessToken)).toMatchObject({ reason: 'UNAVAILABLE' });
  });

  test('a client for another audience or issuer refuses, as such a service would', async () => {
    const { tokens } = await service.signedIn('dan');
    for (const other of [{ audience: 'other' }, { issuer: 'other' }]) {
      const client = await service.client({ mode: 'local', ...other });
      expect(await describeAnswer(client, tokens.accessToken)).toBe('INVALID_TOKEN');
    }
  });

  test('a key that may not watch is told of once, and tokens are asked of the service', async () => {
    const account = await service.admin('CreateServiceAccount', { username: 'idle', roles: ['user'] });
    const { apiKey } = await service.makeApiKey((account.user as { id: string }).id);
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const client = service.open({ apiKey });
    await expect(client.ready(700)).rejects.toThrow('the feed of revocations: Not enough permissions');
    expect(warn.mock.calls).toEqual([[expect.stringContaining('role service'), 'PosternWarning']]);
    warn.mockRestore();
    const { tokens } = await service.signedIn('eva');
    expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'remote' });
  });
});

test('With HS256 every access token is asked of the service, and mode local says UNAVAILABLE', async () => {
  const service = await startGuardedService({ JWT_ALGORITHM: 'HS256' });
  const { tokens } = await service.signedIn('ada');
  const client = service.open();
  await eventually('the feed is fresh', () => client.stats().stalenessMs < 2_500);
  expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'remote' });
  expect(await client.answer(tokens.accessToken)).toMatchObject({ ok: true, via: 'remote' });
  expect(client.stats()).toMatchObject({ isLocal: false, batchCalls: 2 });
  const local = service.open({ mode: 'local' });
  expect(await local.answer(tokens.accessToken)).toEqual({ ok: false, reason: 'UNAVAILABLE', via: 'local' });
  await expect(local.ready(1_500)).rejects.toThrow('no keys are published');
  await service.stop();
});

test('Options that cannot be meant so are refused with what to do', async () => {
  const service = await startGuardedService();
  const wrong: [object, string][] = [
    [{ address: '' }, 'address'],
    [{ apiKey: '' }, 'API key of a service account'],
    [{ mode: 'sometimes' }, 'mode must be one of'],
    [{ maxStalenessMs: 60_001 }, 'from 100 to 60000'],
    [{ maxCachedTokens: Number.NaN }, 'maxCachedTokens'],
    [{ jwksUrl: 'file:///etc/passwd' }, 'http or https'],
    [{ jwksUrl: undefined, address: 'unix:/tmp/x' }, 'jwksUrl must be given'],
  ];
  for (const [options, message] of wrong) expect(() => service.open(options)).toThrow(message);
  await service.stop();
});
