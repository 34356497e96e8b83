import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLongestAccessTtl, withoutKeys, withTool } from '../../src/cli/open-tool';
import { loadSettings } from '../../src/config/config';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-tool-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function settings(minutes: string) {
  const env = { DATABASE_URL: 'file:data', ACCESS_TOKEN_EXPIRE_MINUTES: minutes };
  return loadSettings(env, { directory, terminal: false, cores: 1 });
}

function hoursAgo(hours: number): Date {
  return new Date(Date.now() - hours * 3_600_000);
}

test('The command line keeps a revocation for as long as any access token may live, whatever its own configuration [C9]', () => {
  const longest = settings('10080').tokens.accessTtlMs;
  for (const minutes of ['0.5', '30', '10080'])
    expect(withLongestAccessTtl(settings(minutes)).tokens.accessTtlMs).toBe(longest);
});

test('The command line deletes no signing key that a service with a longer ACCESS_TOKEN_EXPIRE_MINUTES still needs [C9]', async () => {
  const config = {
    ...withoutKeys(settings('0.5')),
    tokens: { ...settings('0.5').tokens, algorithm: 'ES256' as const },
  };
  await withTool(
    config,
    async ({ keyring, store, internalCall }) => {
      await keyring.refresh(internalCall());
      await keyring.rotate(internalCall());
      const stored = await store.signingKeys.list(internalCall());
      for (const key of stored) await store.signingKeys.delete(key.id, internalCall());
      // As if the second had signed for an hour.
      for (const key of stored)
        await store.signingKeys.insert({ ...key, activeAt: hoursAgo(3 - key.sequence) }, internalCall());
    },
    { newStore: true },
  );
  const kept = await withTool(config, async ({ keyring, store, internalCall }) => {
    await keyring.refresh(internalCall());
    return (await store.signingKeys.list(internalCall())).map(({ sequence }) => sequence);
  });
  expect(kept).toEqual([1, 2]);
});
