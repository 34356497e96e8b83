import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Users } from '../accounts/users';
import { pageFaults, pageLimit, withinBytes } from '../admin/page';
import type { Call } from '../call';
import { AuthError } from '../errors';
import type { Principal } from '../tokens/principal';
import { type ApiKey, isLive, publicApiKey } from './api-key';
import { type ApiKeysDeps, MAX_KEYS_PER_OWNER, MOST_KEPT } from './create-api-key';
import type { StoredApiKey } from './stored-api-keys';

type ListDeps = Pick<ApiKeysDeps, 'apiKeys' | 'apiKeyTexts'>;

/** More keys than any user has: those that stay listed, and the live ones, which always do. */
const MOST_OF_ONE = MOST_KEPT + 2 * MAX_KEYS_PER_OWNER;

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
    const keys = withinBytes(found.slice(0, limit), countBytes).map((key) => publicApiKey(deps.apiKeyTexts, key));
    return { keys, nextPageToken: found.length > keys.length ? (keys.at(-1)?.id ?? '') : '' };
  };
}

/**
 * The caller's keys by age, ended ones too: where they do not fit into one answer, the live ones and the newest of the
 * others.
 */
export function listMyApiKeys(deps: ListDeps & Pick<ApiKeysDeps, 'clock'>) {
  return async ({ userId }: Principal, call: Call): Promise<ApiKey[]> => {
    const found = await deps.apiKeys.list({ userId, after: undefined, limit: MOST_OF_ONE }, call);
    const now = deps.clock.now();
    const newest = found.toReversed();
    const first = [...newest.filter((key) => isLive(key, now)), ...newest.filter((key) => !isLive(key, now))];
    const shown = new Set(withinBytes(first, countBytes));
    return found.filter((key) => shown.has(key)).map((key) => publicApiKey(deps.apiKeyTexts, key));
  };
}

/** About as much as a key takes in an answer, and rather more. */
function countBytes({ name, roles, allowedCidrs }: StoredApiKey): number {
  return 400 + 3 * name.length + [...roles, ...allowedCidrs].reduce((sum, text) => sum + 3 * text.length + 4, 0);
}
