import type { Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import type { EndedSessions } from '../revocation/revocation-record';
import type { Revocations } from '../revocation/revocations';
import { type EndingSessionsWriter, endingIds, MOST_IN_WRITE } from './ending-sessions';
import type { SessionEndReason, StoredSessions } from './stored-sessions';

// The feed is written first and the session ended second: when the process dies in between, the same call made again
// finds the session live and finishes the work.

/** A record of the feed is read whole by every replica, and must stay far below what a document may hold. */
const MOST_IN_RECORD = 1_000;

export interface EndSessionsDeps {
  readonly sessions: StoredSessions;
  readonly revocations: Revocations;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface EndAllSessionsDeps extends EndSessionsDeps {
  readonly users: Users;
  readonly endingSessions: Pick<EndingSessionsWriter, 'end' | 'resume'>;
}

interface End {
  readonly reason: SessionEndReason;
  /** Who did it, where that is not the user. */
  readonly actorId?: string;
}

/** Ends a live session, if `where` holds for it; returns whether there was one. */
export async function endSession(
  deps: EndSessionsDeps,
  sessionId: string,
  end: End & { readonly where?: { userId?: string; saltHash?: string } },
  call: Call,
): Promise<boolean> {
  const { reason, where = {} } = end;
  const session = await deps.sessions.find(sessionId, call);
  const at = new Date(deps.clock.now());
  const isTheirs =
    session !== undefined &&
    session.endedAt === null &&
    session.expiresAt > at &&
    (where.userId === undefined || where.userId === session.userId) &&
    (where.saltHash === undefined || where.saltHash === session.saltHash);
  if (!isTheirs) return false;
  throwIfEnded(call, deps.clock);
  await publishEnd(deps, session.userId, [sessionId], reason, call);
  const ended = await deps.sessions.end(sessionId, { at, reason, where }, call);
  // Otherwise a call at the same moment has ended it, perhaps because it had heard of this one.
  if (ended !== undefined) recordEnds(deps, session.userId, 1, end, call);
  return true;
}

/**
 * Ends all live sessions of a user but `except`; returns how many. Of many, those that have expired and are still kept
 * count as well.
 */
export async function endAllSessions(
  deps: EndAllSessionsDeps,
  userId: string,
  end: End & { readonly except?: string | undefined },
  call: Call,
): Promise<number> {
  const known = new Set(end.except === undefined ? [] : [end.except]);
  let count = 0;
  try {
    // Sessions that began while the others were ended are found by the next look; the last one finds none.
    for (;;) {
      const sessionIds = await listUnendedIds(deps, userId, known, call);
      throwIfEnded(call, deps.clock);
      if (sessionIds.length === 0) return count;
      await publishEnd(deps, userId, sessionIds, end.reason, call);
      if (sessionIds.length > MOST_IN_WRITE) {
        const ending = { id: deps.ids.next(), at: deps.clock.now(), reason: end.reason, sessionIds };
        count += await deps.endingSessions.end(userId, ending, call);
      } else count += await endThese(deps, sessionIds, end, call);
      for (const id of sessionIds) known.add(id);
    }
  } finally {
    recordEnds(deps, userId, count, end, call);
  }
}

/** The ids of the sessions of a user that no call has ended, without the known ones. */
async function listUnendedIds(
  { users, sessions, endingSessions }: EndAllSessionsDeps,
  userId: string,
  known: ReadonlySet<string>,
  call: Call,
): Promise<string[]> {
  const [open, user] = await Promise.all([sessions.listOpenIds(userId, call), users.findById(userId, call)]);
  if (user !== undefined) endingSessions.resume(user);
  const ending = endingIds(user);
  return open.filter((id) => !known.has(id) && !ending.has(id));
}

/** Ends these sessions of a user, where they are live; returns how many it ended. */
export async function endManySessions(
  deps: EndSessionsDeps,
  userId: string,
  sessionIds: readonly string[],
  end: End,
  call: Call,
): Promise<number> {
  throwIfEnded(call, deps.clock);
  await publishEnd(deps, userId, sessionIds, end.reason, call);
  const count = await endThese(deps, sessionIds, end, call);
  recordEnds(deps, userId, count, end, call);
  return count;
}

function endThese(deps: EndSessionsDeps, ids: readonly string[], { reason }: End, call: Call): Promise<number> {
  return deps.sessions.endMany(ids, { at: new Date(deps.clock.now()), reason }, call);
}

async function publishEnd(
  deps: EndSessionsDeps,
  userId: string,
  sessionIds: readonly string[],
  reason: SessionEndReason,
  call: Call,
): Promise<void> {
  const records = chunk(sessionIds, MOST_IN_RECORD).map(
    (some): EndedSessions => ({
      kind: 'sessions',
      id: deps.ids.next(),
      at: deps.clock.now(),
      userId,
      sessionIds: some,
      reason,
    }),
  );
  await deps.revocations.publish(records, call);
}

function chunk<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}

function recordEnds(deps: EndSessionsDeps, userId: string, count: number, end: End, call: Call): void {
  const { reason, actorId = '' } = end;
  if (count > 0) recordEvent(deps.events, call, 'session.ended', { userId, actorId, reason, count });
}
