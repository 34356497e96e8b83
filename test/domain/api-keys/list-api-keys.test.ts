import type { StoredApiKey } from '../../../src/auth/api-keys/stored-api-keys';
import { useApiKeyDomain } from '../../support/domain/api-keys';
import { anApiKey } from '../../support/domain/builders';

const { aServiceAccount, domain } = useApiKeyDomain();

test('ListMyApiKeys shows every live key and the newest of the others where all are more than an answer takes', async () => {
  const { tokens, user } = await domain().signedIn();
  const limits = { atMost: 49, keep: 1_000 };
  const [live, ...ended] = Array.from({ length: 20 }, (_, i) =>
    anApiKey({
      userId: user.id,
      name: 'x'.repeat(50_000),
      ...(i > 0 && { revokedAt: new Date(domain().clock.now()) }),
    }),
  );
  for (const key of [live, ...ended]) await domain().store.apiKeys.insert(key as StoredApiKey, limits, domain().call());
  const listed = await domain().auth.listMyApiKeys(...domain().bearer(tokens.accessToken));
  const newest = ended.slice(-(listed.length - 1));
  expect(listed.map(({ id }) => id)).toEqual([live, ...newest].map((key) => key?.id));
  expect(listed.length).toBeGreaterThan(2);
  expect(listed.length).toBeLessThan(20);
});

test('ListApiKeys ends a page before the answer is more than clients take, and goes on where it ended', async () => {
  const { id: userId } = await aServiceAccount();
  const keys = Array.from({ length: 20 }, () => anApiKey({ userId, name: 'x'.repeat(50_000) }));
  const limits = { atMost: 49, keep: 1_000 };
  for (const key of keys) await domain().store.apiKeys.insert(key, limits, domain().call());
  const pages: string[][] = [];
  let pageToken = '';
  do {
    const page = await domain().admin.listApiKeys({ userId, pageSize: 1_000, pageToken }, domain().call());
    pages.push(page.keys.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.flat()).toEqual(keys.map(({ id }) => id));
});
