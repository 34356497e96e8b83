import type { Call } from '../call';
import { AuthError } from '../errors';
import { type AuthenticateDeps, authenticate } from '../tokens/authenticate';
import { type EndSessionsDeps, endAllSessions, endSession } from './end-sessions';
import type { StoredSession } from './stored-sessions';

/** A signed-in device as its user sees it. */
export interface Session
  extends Pick<
    StoredSession,
    'id' | 'deviceName' | 'userAgent' | 'ipAddress' | 'createdAt' | 'lastUsedAt' | 'expiresAt'
  > {
  readonly current: boolean;
}

type SessionsDeps = EndSessionsDeps & AuthenticateDeps;

/** The bearer's live sessions, the newest first. @throws AuthError as `authenticate` */
export function listSessions(deps: SessionsDeps) {
  return async (call: Call): Promise<Session[]> => {
    const { userId, sessionId } = authenticate(deps, call.bearer, call);
    const live = await deps.sessions.listLive(userId, new Date(deps.clock.now()), call);
    return live.map(({ id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt }) => ({
      id,
      deviceName,
      userAgent,
      ipAddress,
      createdAt,
      lastUsedAt,
      expiresAt,
      current: id === sessionId,
    }));
  };
}

/** Ends one of the bearer's sessions. @throws AuthError SESSION_NOT_FOUND, and as `authenticate` */
export function revokeSession(deps: SessionsDeps) {
  return async (input: { readonly sessionId: string }, call: Call): Promise<void> => {
    const { userId } = authenticate(deps, call.bearer, call);
    const ended = await endSession(deps, input.sessionId, { reason: 'revoked', where: { userId } }, call);
    if (!ended) throw new AuthError('SESSION_NOT_FOUND');
  };
}

/** Ends all of the bearer's sessions, or all but the present one; returns how many. @throws AuthError as `authenticate` */
export function revokeAllSessions(deps: SessionsDeps) {
  return async (input: { readonly keepCurrent: boolean }, call: Call): Promise<number> => {
    const { userId, sessionId } = authenticate(deps, call.bearer, call);
    const except = input.keepCurrent ? sessionId : undefined;
    return endAllSessions(deps, userId, { reason: 'revoked', except }, call);
  };
}
