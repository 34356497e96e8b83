import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { printableText } from '../accounts/printable-text';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { nextIteration, ROWS_AT_ONCE } from '../next-iteration';
import type { Principal } from '../tokens/principal';
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
const MOST_LISTED = 1_000;

/** What people may see of a session. */
export function publicSession(session: StoredSession): Omit<Session, 'current'> {
  const { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt } = session;
  const texts = { deviceName: printableText(deviceName), userAgent: printableText(userAgent) };
  return { id, ...texts, ipAddress, createdAt, lastUsedAt, expiresAt };
}

/** The caller's live sessions, the newest first, at most MOST_LISTED. */
export function listSessions(deps: EndSessionsDeps) {
  return async ({ userId, sessionId }: Principal, call: Call): Promise<Session[]> => {
    // After MAX_SESSIONS_PER_USER was lowered a user may have ten times as many until the next Login.
    const page = { now: new Date(deps.clock.now()), atMost: MOST_LISTED };
    const live = await deps.sessions.listLive(userId, page, call);
    // Reading a thousand takes some ms, and so does encoding the answer.
    if (live.length > ROWS_AT_ONCE) await nextIteration();
    const sessions = live.map((session) => ({ ...publicSession(session), current: session.id === sessionId }));
    if (live.length > ROWS_AT_ONCE) await nextIteration();
    return sessions;
  };
}

/** Ends one of the caller's sessions. @throws AuthError INVALID_FIELDS, SESSION_NOT_FOUND */
export function revokeSession(deps: EndSessionsDeps) {
  return async (input: { readonly sessionId: string }, { userId }: Principal, call: Call): Promise<void> => {
    const check = new FieldCheck();
    const id = readId(check, 'session_id', input.sessionId);
    check.done();
    const ended = await endSession(deps, id, { reason: 'revoked', where: { userId } }, call);
    if (!ended) throw new AuthError('SESSION_NOT_FOUND');
  };
}

/** Ends all of the caller's sessions, or all but the current one; returns how many. */
export function revokeAllSessions(deps: EndSessionsDeps) {
  return async (
    input: { readonly keepCurrent: boolean },
    { userId, sessionId }: Principal,
    call: Call,
  ): Promise<number> => {
    const except = input.keepCurrent ? sessionId : undefined;
    return endAllSessions(deps, userId, { reason: 'revoked', except }, call);
  };
}
