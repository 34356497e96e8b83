import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { StoredUser, Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { Ids } from '../ids';
import { type NewApiKey, publicApiKey } from './api-key';
import { type ApiKeyFields, type CheckedApiKeyFields, checkApiKeyFields } from './api-key-fields';
import { newApiKeyId } from './api-key-id';
import type { ApiKeyTexts } from './api-key-texts';
import type { Networks } from './networks';
import type { ApiKeyLimits, StoredApiKey, StoredApiKeys } from './stored-api-keys';

/** Live keys of one owner. */
export const MAX_KEYS_PER_OWNER = 50;
/** Keys of one owner that stay listed. One who makes and revokes keys without end must not fill the store. */
export const MOST_KEPT = 200;
/** What an owner may have when another key is made. */
export const OWNER_LIMITS: ApiKeyLimits = { atMost: MAX_KEYS_PER_OWNER - 1, keep: MOST_KEPT };

export interface ApiKeysDeps {
  readonly apiKeys: StoredApiKeys;
  readonly apiKeyTexts: ApiKeyTexts;
  readonly networks: Networks;
  readonly users: Users;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Makes a key for any user. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, API_KEY_LIMIT */
export function createApiKey(deps: ApiKeysDeps) {
  return async (input: ApiKeyFields & { readonly userId: string }, actorId: string, call: Call): Promise<NewApiKey> => {
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    const owner = await deps.users.findById(userId, call);
    if (owner === undefined) throw new AuthError('USER_NOT_FOUND');
    const created = await issueApiKey(deps, owner, input, call);
    recordEvent(deps.events, call, 'api_key.created', { userId, username: owner.username, actorId });
    return created;
  };
}

/** Checks what was asked of a new key of `owner` and inserts it. @throws AuthError INVALID_FIELDS, API_KEY_LIMIT */
export function issueApiKey(
  deps: ApiKeysDeps,
  owner: StoredUser,
  fields: ApiKeyFields,
  call: Call,
): Promise<NewApiKey> {
  const { networks, clock } = deps;
  const checked = checkApiKeyFields(new FieldCheck(), fields, owner, { now: clock.now(), networks });
  return insertApiKey(deps, owner.id, checked, OWNER_LIMITS, call);
}

/** Inserts a key with a new id and a new secret. @throws AuthError API_KEY_LIMIT */
export async function insertApiKey(
  deps: Pick<ApiKeysDeps, 'apiKeys' | 'apiKeyTexts' | 'clock' | 'ids'>,
  userId: string,
  { name, roles, expiresAt, allowedCidrs }: CheckedApiKeyFields,
  limits: ApiKeyLimits,
  call: Call,
): Promise<NewApiKey> {
  const id = newApiKeyId(deps.ids);
  const { text, secretHash } = deps.apiKeyTexts.mint(id);
  const key: StoredApiKey = {
    id,
    userId,
    name,
    secretHash,
    roles,
    allowedCidrs,
    createdAt: new Date(deps.clock.now()),
    expiresAt,
    lastUsedAt: null,
    revokedAt: null,
  };
  throwIfEnded(call, deps.clock);
  await deps.apiKeys.insert(key, limits, call);
  return { apiKey: text, key: publicApiKey(deps.apiKeyTexts, key) };
}
