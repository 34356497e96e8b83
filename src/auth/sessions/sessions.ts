import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { printableText } from '../accounts/printable-text';
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

/** As many as MAX_SESSIONS_PER_USER may be; with the longest texts they stay well under the 4 MiB that clients take. */
export const MOST_LISTED = 1_000;

/** What people may see of a session. */
export function publicSession(session: StoredSession): Omit<Session, 'current'> {
  const { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt } = session;
  const texts = { deviceName: printableText(deviceName), userAgent: printableText(userAgent) };
  return { id, ...texts, ipAddress, createdAt, lastUsedAt, expiresAt };
}

type SessionsDeps = EndSessionsDeps & AuthenticateDeps;

/** The bearer's live sessions, the newest first, at most MOST_LISTED. @throws AuthError as `authenticate` */
export function listSessions(deps: SessionsDeps) {
  return async (call: Call): Promise<Session[]> => {
    const { userId, sessionId } = authenticate(deps, call.bearer, call);
    const live = await deps.sessions.listLive(userId, new Date(deps.clock.now()), call);
    return live
      .slice(0, MOST_LISTED)
      .map((session) => ({ ...publicSession(session), current: session.id === sessionId }));
  };
}

/** Ends one of the bearer's sessions. @throws AuthError INVALID_FIELDS, SESSION_NOT_FOUND, and as `authenticate` */
export function revokeSession(deps: SessionsDeps) {
  return async (input: { readonly sessionId: string }, call: Call): Promise<void> => {
    const { userId } = authenticate(deps, call.bearer, call);
    const check = new FieldCheck();
    const id = readId(check, 'session_id', input.sessionId);
    check.done();
    const ended = await endSession(deps, id, { reason: 'revoked', where: { userId } }, call);
    if (!ended) throw new AuthError('SESSION_NOT_FOUND');
  };
}

/**
 * Ends all of the bearer's sessions, or all but the present one; returns how many. @throws AuthError as `authenticate`
 */
export function revokeAllSessions(deps: SessionsDeps) {
  return async (input: { readonly keepCurrent: boolean }, call: Call): Promise<number> => {
    const { userId, sessionId } = authenticate(deps, call.bearer, call);
    const except = input.keepCurrent ? sessionId : undefined;
    return endAllSessions(deps, userId, { reason: 'revoked', except }, call);
  };
}
