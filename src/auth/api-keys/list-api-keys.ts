import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Users } from '../accounts/users';
import { pageFaults, pageLimit } from '../admin/page';
import type { Call } from '../call';
import { AuthError } from '../errors';
import type { Principal } from '../tokens/principal';
import { type ApiKey, publicApiKey } from './api-key';
import type { ApiKeysDeps } from './create-api-key';

type ListDeps = Pick<ApiKeysDeps, 'apiKeys' | 'apiKeyTexts'>;

/** More keys than anybody has: 50 live ones, and those that ended within 30 days. */
const MOST_OF_ONE = 1_000;

/** A page of a user's keys by age, ended ones too. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND */
export function listApiKeys(deps: ListDeps & { readonly users: Users }) {
  return async (
    input: { readonly userId: string; readonly pageSize: number; readonly pageToken: string },
    call: Call,
  ): Promise<{ keys: ApiKey[]; nextPageToken: string }> => {
    const { pageSize, pageToken } = input;
    const check = pageFaults(new FieldCheck(), input);
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    if ((await deps.users.findById(userId, call)) === undefined) throw new AuthError('USER_NOT_FOUND');
    const limit = pageLimit(pageSize);
    const found = await deps.apiKeys.list(
      { userId, after: pageToken.toLowerCase() || undefined, limit: limit + 1 },
      call,
    );
    const keys = found.slice(0, limit).map((key) => publicApiKey(deps.apiKeyTexts, key));
    return { keys, nextPageToken: found.length > limit ? (keys.at(-1)?.id ?? '') : '' };
  };
}

/** The caller's keys by age, ended ones too. */
export function listMyApiKeys(deps: ListDeps) {
  return async ({ userId }: Principal, call: Call): Promise<ApiKey[]> => {
    const found = await deps.apiKeys.list({ userId, after: undefined, limit: MOST_OF_ONE }, call);
    return found.map((key) => publicApiKey(deps.apiKeyTexts, key));
  };
}
