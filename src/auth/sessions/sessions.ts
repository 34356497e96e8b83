import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { printableText } from '../accounts/printable-text';
import type { Users } from '../accounts/users';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import { nextIteration, ROWS_AT_ONCE } from '../next-iteration';
import type { Principal } from '../tokens/principal';
import { type EndAllSessionsDeps, type EndSessionsDeps, endAllSessions, endSession } from './end-sessions';
import { endingIds } from './ending-sessions';
import type { ListedSession, ListLiveQuery, StoredSessions } from './stored-sessions';

/** A signed-in device as its user sees it. */
export interface Session extends Omit<ListedSession, 'epoch'> {
  readonly current: boolean;
}

/** As many as MAX_SESSIONS_PER_USER may be; with the longest texts they stay well under the 4 MiB that clients take. */
const MOST_LISTED = 1_000;

/** What people may see of a session. */
export function publicSession(session: ListedSession): Omit<Session, 'current'> {
  const { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt } = session;
  const texts = { deviceName: printableText(deviceName), userAgent: printableText(userAgent) };
  return { id, ...texts, ipAddress, createdAt, lastUsedAt, expiresAt };
}

/** The caller's live sessions, the newest first, at most MOST_LISTED. */
export function listSessions(deps: ListLiveSessionsDeps) {
  return async ({ userId, sessionId }: Principal, call: Call): Promise<Session[]> => {
    // After MAX_SESSIONS_PER_USER was lowered a user may have ten times as many until the next Login.
    const page = { now: new Date(deps.clock.now()), atMost: MOST_LISTED };
    const live = await listLiveSessions(deps, userId, page, call);
    // Reading a thousand takes some ms, and so does encoding the answer.
    if (live.length > ROWS_AT_ONCE) await nextIteration();
    const sessions = live.map((session) => ({ ...publicSession(session), current: session.id === sessionId }));
    if (live.length > ROWS_AT_ONCE) await nextIteration();
    return sessions;
  };
}

export interface ListLiveSessionsDeps {
  readonly users: Pick<Users, 'findById'>;
  readonly sessions: Pick<StoredSessions, 'listPublic'>;
  readonly clock: Clock;
}

/** As `StoredSessions.listPublic`, without those that have ended although their rows do not say so yet. */
export async function listLiveSessions(
  { users, sessions }: Pick<ListLiveSessionsDeps, 'users' | 'sessions'>,
  userId: string,
  page: Omit<ListLiveQuery, 'except'>,
  call: Call,
): Promise<ListedSession[]> {
  const [live, user] = await Promise.all([sessions.listPublic(userId, page, call), users.findById(userId, call)]);
  if (user === undefined) return [];
  const except = endingIds(user);
  // Those that have ended have taken the place of others.
  const others = live.some(({ id }) => except.has(id))
    ? await sessions.listPublic(userId, { ...page, except }, call)
    : live;
  return others.filter(({ epoch }) => epoch >= user.sessionEpoch);
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
export function revokeAllSessions(deps: EndAllSessionsDeps) {
  return async (
    input: { readonly keepCurrent: boolean },
    { userId, sessionId }: Principal,
    call: Call,
  ): Promise<number> => {
    const except = input.keepCurrent ? sessionId : undefined;
    return endAllSessions(deps, userId, { reason: 'revoked', except }, call);
  };
}
