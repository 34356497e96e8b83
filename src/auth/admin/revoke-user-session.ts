import type { Call } from '../call';
import { AuthError } from '../errors';
import { type EndSessionsDeps, endSession } from '../sessions/end-sessions';

/** Ends one live session, whosever it is. @throws AuthError SESSION_NOT_FOUND */
export function revokeUserSession(deps: EndSessionsDeps) {
  return async (input: { readonly sessionId: string }, actorId: string, call: Call): Promise<void> => {
    const ended = await endSession(deps, input.sessionId, { reason: 'revoked_by_admin', actorId }, call);
    if (!ended) throw new AuthError('SESSION_NOT_FOUND');
  };
}
