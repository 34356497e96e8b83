import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { type LoadSignedInUserDeps, loadSignedInUser } from '../sessions/load-signed-in-user';
import { demandSession } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';
import type { NewApiKey } from './api-key';
import type { ApiKeyFields } from './api-key-fields';
import { type ApiKeysDeps, issueApiKey } from './create-api-key';

/**
 * Makes a key for the caller, who must have signed in. @throws AuthError INVALID_FIELDS, API_KEY_LIMIT,
 * SESSION_REQUIRED, TOKEN_REVOKED, USER_INACTIVE
 */
export function createMyApiKey(deps: ApiKeysDeps & LoadSignedInUserDeps) {
  return async (fields: ApiKeyFields, caller: Principal, call: Call): Promise<NewApiKey> => {
    demandSession(caller);
    const owner = await loadSignedInUser(deps, caller, call);
    const created = await issueApiKey(deps, owner, fields, call);
    await confirmOwner(deps, owner, created.key.id, call);
    recordEvent(deps.events, call, 'api_key.created', { userId: owner.id, username: owner.username });
    return created;
  };
}

/**
 * The password may have been changed or reset since the owner was read: who did that has either ended this key, or had
 * written the user before the key was inserted, and then the second look sees it. No caller has the text of the key
 * yet.
 */
async function confirmOwner(
  deps: ApiKeysDeps,
  owner: { readonly id: string; readonly sessionEpoch: number },
  keyId: string,
  call: Call,
): Promise<void> {
  const current = await deps.users.findById(owner.id, call);
  if (current?.sessionEpoch === owner.sessionEpoch) return;
  await deps.apiKeys.revoke(keyId, { at: new Date(deps.clock.now()) }, call);
  throw new AuthError('TOKEN_REVOKED', { userId: owner.id });
}
