import type { StoredAccountTokens } from '../account-tokens/stored-account-tokens';
import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { StoredApiKeys } from '../api-keys/stored-api-keys';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';
import { publishDeletedUser, publishUser } from './publish-user';

/**
 * Deletes a user and ends their sessions.
 *
 * @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, LAST_ADMIN
 */
export function deleteUser(
  deps: EndAllSessionsDeps & {
    readonly apiKeys: StoredApiKeys;
    readonly accountTokens: StoredAccountTokens;
  },
) {
  return async (input: { readonly userId: string }, actorId: string, call: Call): Promise<void> => {
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    // Sessions first: a call that dies half-way leaves the user to be deleted again, not tokens without a user.
    const user = await deps.users.setActive(userId, false, call);
    await publishUser(deps, user, call);
    await endAllSessions(deps, userId, { reason: 'user_deleted', actorId }, call);
    await deps.users.delete(userId, call);
    await deps.apiKeys.deleteAll(userId, call);
    await deps.accountTokens.deleteAll(userId, call);
    await publishDeletedUser(deps, userId, call);
    recordEvent(deps.events, call, 'user.deleted', { userId, username: user.username, actorId });
  };
}
