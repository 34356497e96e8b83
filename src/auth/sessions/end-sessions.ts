import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import type { EndedSessions } from '../revocation/revocation-record';
import type { Revocations } from '../revocation/revocations';
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

/** Ends all live sessions of a user but `except`; returns how many. */
export async function endAllSessions(
  deps: EndSessionsDeps,
  userId: string,
  end: End & { readonly except?: string | undefined },
  call: Call,
): Promise<number> {
  const { reason, except } = end;
  const at = new Date(deps.clock.now());
  const live = await deps.sessions.listLiveIds(userId, at, call);
  const known = live.filter((id) => id !== except);
  throwIfEnded(call, deps.clock);
  await publishEnd(deps, userId, known, reason, call);
  const ended = await deps.sessions.endAll(userId, { at, reason, except }, call);
  const late = ended.filter((id) => !known.includes(id));
  await publishEnd(deps, userId, late, reason, call);
  recordEnds(deps, userId, ended.length, end, call);
  return ended.length;
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
  const at = new Date(deps.clock.now());
  const ended = await deps.sessions.endMany(sessionIds, { at, reason: end.reason }, call);
  recordEnds(deps, userId, ended.length, end, call);
  return ended.length;
}

async function publishEnd(
  deps: EndSessionsDeps,
  userId: string,
  sessionIds: readonly string[],
  reason: SessionEndReason,
  call: Call,
): Promise<void> {
  if (sessionIds.length === 0) return;
  const records = [];
  for (let from = 0; from < sessionIds.length; from += MOST_IN_RECORD) {
    const some = sessionIds.slice(from, from + MOST_IN_RECORD);
    const record = { kind: 'sessions', id: deps.ids.next(), at: deps.clock.now(), userId, sessionIds: some, reason };
    records.push(record as EndedSessions);
  }
  await deps.revocations.publish(records, call);
}

function recordEnds(deps: EndSessionsDeps, userId: string, count: number, end: End, call: Call): void {
  const { reason, actorId = '' } = end;
  if (count > 0) recordEvent(deps.events, call, 'session.ended', { userId, actorId, reason, count });
}
