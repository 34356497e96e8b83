import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { demandSession, loadUser } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';
import type { NewApiKey } from './api-key';
import type { ApiKeyFields } from './api-key-fields';
import { type ApiKeysDeps, issueApiKey } from './create-api-key';

/**
 * Makes a key for the caller, who must have signed in. @throws AuthError INVALID_FIELDS, API_KEY_LIMIT,
 * SESSION_REQUIRED, TOKEN_REVOKED, USER_INACTIVE
 */
export function createMyApiKey(deps: ApiKeysDeps) {
  return async (fields: ApiKeyFields, caller: Principal, call: Call): Promise<NewApiKey> => {
    demandSession(caller);
    const owner = await loadUser(deps, caller, call);
    const created = await issueApiKey(deps, owner, fields, call);
    recordEvent(deps.events, call, 'api_key.created', { userId: owner.id, username: owner.username });
    return created;
  };
}
