import type { ApiKeyFields } from '../../../src/auth/api-keys/api-key-fields';
import { type Domain, openDomain } from './domain';

/** What a request for a key holds that asks for nothing but a key. */
export const NOTHING_ASKED: ApiKeyFields = { name: 'ci', roles: [], expiresAt: undefined, allowedCidrs: [] };

/** A domain for each test of the file that calls this, and what tests of API keys do with it. */
export function useApiKeyDomain() {
  let opened: Domain;
  beforeEach(async () => {
    opened = await openDomain();
  });
  afterEach(() => opened.close());
  return {
    domain: (): Domain => opened,
    validate: async (accessToken: string) =>
      opened.auth.validate({ accessToken, allowAnonymous: false, fresh: false }, opened.call()),
    aServiceAccount: async (roles = ['user', 'service']) => {
      const username = `s-${Math.random().toString(36).slice(2)}`;
      return opened.admin.createServiceAccount({ username, roles }, 'an-admin', opened.call());
    },
    create: (userId: string, fields: Partial<ApiKeyFields> = {}) =>
      opened.admin.createApiKey({ userId, ...NOTHING_ASKED, ...fields }, 'an-admin', opened.call()),
  };
}
