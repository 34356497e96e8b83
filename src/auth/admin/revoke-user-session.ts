import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { type EndSessionsDeps, endSession } from '../sessions/end-sessions';

/** Ends one live session, whosever it is. @throws AuthError INVALID_FIELDS, SESSION_NOT_FOUND */
export function revokeUserSession(deps: EndSessionsDeps) {
  return async (input: { readonly sessionId: string }, actorId: string, call: Call): Promise<void> => {
    const check = new FieldCheck();
    const id = readId(check, 'session_id', input.sessionId);
    check.done();
    const ended = await endSession(deps, id, { reason: 'revoked_by_admin', actorId }, call);
    if (!ended) throw new AuthError('SESSION_NOT_FOUND');
  };
}
