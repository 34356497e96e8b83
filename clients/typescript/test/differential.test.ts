import { mutatedTokens } from '../../../test/contract/mutated-tokens';
import { describeAnswer, type GuardedService, startGuardedService } from './support/guarded-service';

describe.each(['ES256', 'RS256', 'HS256'] as const)('With a service that signs with %s,', (algorithm) => {
  let service: GuardedService;
  beforeAll(async () => {
    service = await startGuardedService({ JWT_ALGORITHM: algorithm });
  });
  afterAll(() => service.stop());

  const modes = algorithm === 'HS256' ? (['auto', 'remote'] as const) : (['auto', 'local', 'remote'] as const);
  test.each(modes)('a client in mode %s gives every changed token the answer of the service', async (mode) => {
    const { tokens } = await service.signedIn(`ada-${mode}`);
    const client = service.open({ mode });
    if (algorithm !== 'HS256') await client.ready();
    // The token is known to the cache, and those that differ from it by a character must not be taken for it.
    expect(await describeAnswer(client, tokens.accessToken)).toBe(`ada-${mode}:user`);
    const different: [string, string][] = [];
    for (const [name, text] of mutatedTokens(tokens.accessToken, algorithm)) {
      const answer = await describeAnswer(client, text);
      // A client alone cannot tell who holds the secret of HS256.
      const expected = mode === 'local' && answer === 'UNAVAILABLE' && /HS256/.test(name) ? answer : 'INVALID_TOKEN';
      if (answer !== expected) different.push([name, answer]);
    }
    expect(different).toEqual([]);
    expect(await describeAnswer(client, tokens.accessToken)).toBe(`ada-${mode}:user`);
    expect(await service.validate(tokens.accessToken)).toBe(`ada-${mode}:user`);
  });

  test.each(modes)('a client in mode %s refuses what is no text, and texts of any characters', async (mode) => {
    const client = service.open({ mode });
    if (algorithm !== 'HS256') await client.ready();
    const texts: unknown[] = [
      '',
      undefined,
      null,
      7,
      {},
      [],
      '\0',
      '\ud800',
      'a.b.c',
      'pstn_',
      `pstn_${'0'.repeat(72)}`,
    ];
    const keys = [`${service.apiKey}x`, service.apiKey.slice(0, -1), service.apiKey.replace('pstn_', 'pstn_0')];
    for (const text of [...texts, ...keys]) {
      expect([text, await describeAnswer(client, text as string)]).toEqual([text, 'INVALID_TOKEN']);
    }
  });
});
