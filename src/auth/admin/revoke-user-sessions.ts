import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';

/** Ends all sessions of a user; returns how many. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND */
export function revokeUserSessions(deps: EndAllSessionsDeps) {
  return async (input: { readonly userId: string }, actorId: string, call: Call): Promise<number> => {
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    if ((await deps.users.findById(userId, call)) === undefined) throw new AuthError('USER_NOT_FOUND');
    return endAllSessions(deps, userId, { reason: 'revoked_by_admin', actorId }, call);
  };
}
