import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Users } from '../accounts/users';
import { AUDIT_EVENT_TYPES, type AuditEvent, REPETITION_WINDOW_MS } from '../audit/audit-event';
import type { AuditLog, ListAuditEventsQuery } from '../audit/audit-log';
import type { Events } from '../audit/events';
import type { LoginDigests } from '../audit/login-digests';
import type { Call } from '../call';
import { nextIteration, ROWS_AT_ONCE } from '../next-iteration';
import { pageFaults, pageLimit, readInParts } from './page';

export interface ListAuditEventsInput {
  readonly pageSize: number;
  readonly pageToken: string;
  /** Empty: of all users. */
  readonly userId: string;
  /** Empty: of every type. */
  readonly type: string;
  /** Only attempts to log in with this name, where no account had it. Empty or absent: all events. */
  readonly login?: string | undefined;
  /** From this time on. */
  readonly occurredAfter: Date | undefined;
  /** Up to, not including, this time. */
  readonly occurredBefore: Date | undefined;
}

export interface ListAuditEventsDeps {
  readonly auditLog: AuditLog;
  readonly events: Pick<Events, 'flush'>;
  readonly loginDigests: Pick<LoginDigests, 'candidates'>;
  readonly users: Pick<Users, 'findById'>;
}

/**
 * A page of audit events, the newest first. An event that counts repetitions is in every time between its first and its
 * last.
 *
 * @throws AuthError INVALID_FIELDS
 */
export function listAuditEvents(deps: ListAuditEventsDeps) {
  return async (input: ListAuditEventsInput, call: Call): Promise<{ events: AuditEvent[]; nextPageToken: string }> => {
    const { pageToken, type, login = '', occurredAfter, occurredBefore } = input;
    const check = pageFaults(new FieldCheck(), input);
    const userId = input.userId === '' ? undefined : readId(check, 'user_id', input.userId);
    const typeIsKnown = type === '' || AUDIT_EVENT_TYPES.some((known) => known === type);
    check
      .add('occurred_after', timeFault(occurredAfter))
      .add('occurred_before', timeFault(occurredBefore))
      .add('type', typeIsKnown ? undefined : `Must be one of: ${AUDIT_EVENT_TYPES.join(', ')}`)
      .done();
    const limit = pageLimit(input.pageSize);
    const bounds = [pageToken.toLowerCase(), occurredBefore === undefined ? '' : firstIdAt(occurredBefore.getTime())];
    const [before] = bounds.filter((id) => id !== '').sort();
    const query = { userId, type: type || undefined, before, after: occurredAfter, limit: limit + 1 };
    // What this process has acknowledged before the call shows, though it is written in batches.
    await deps.events.flush();
    const digests = login.trim() === '' ? [undefined] : deps.loginDigests.candidates(login);
    const lists = await Promise.all(
      digests.map((loginDigest) => listFrom(deps.auditLog, { ...query, loginDigest }, call)),
    );
    const found = lists.flat();
    if (lists.length > 1) found.sort((a, b) => (a.id < b.id ? 1 : -1));
    const events = await withUsernames(deps.users, found.slice(0, limit).map(completeEvent), call);
    return { events, nextPageToken: found.length > limit ? (events.at(-1)?.id ?? '') : '' };
  };
}

interface TimedQuery extends ListAuditEventsQuery {
  readonly after: Date | undefined;
}

/** What began from `after` on, and then what had begun before and happened again: older ids, few of them. */
async function listFrom(auditLog: AuditLog, { after, ...query }: TimedQuery, call: Call): Promise<AuditEvent[]> {
  if (after === undefined) return listInParts(auditLog, query, call);
  const start = firstIdAt(after.getTime());
  const begun = await listInParts(auditLog, { ...query, from: start }, call);
  if (begun.length >= query.limit) return begun;
  const since = new Date(after.getTime() - REPETITION_WINDOW_MS);
  const earlier = {
    ...query,
    before: query.before !== undefined && query.before < start ? query.before : start,
    from: firstIdAt(since.getTime()),
    repeatedAt: { time: after, since },
    limit: query.limit - begun.length,
  };
  return [...begun, ...(await listInParts(auditLog, earlier, call))];
}

function listInParts(auditLog: AuditLog, query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]> {
  return readInParts(query.limit, (limit, last) =>
    auditLog.list({ ...query, limit, before: last?.id ?? query.before }, call),
  );
}

/** Events of earlier versions lack some fields. */
function completeEvent(event: AuditEvent): AuditEvent {
  const { username = '', loginDigest = '', count = 1, lastOccurredAt = event.occurredAt }: Partial<AuditEvent> = event;
  return { ...event, username, loginDigest, count, lastOccurredAt };
}

/**
 * Events that were written where only the id was known (a logout, a replay) get the name that the account has now:
 * names never change.
 */
async function withUsernames(
  users: ListAuditEventsDeps['users'],
  events: AuditEvent[],
  call: Call,
): Promise<AuditEvent[]> {
  const names = new Map(
    events.filter(({ username }) => username !== '').map((event) => [event.userId, event.username]),
  );
  const unknown = new Set(events.map(({ userId }) => userId).filter((userId) => userId !== '' && !names.has(userId)));
  const ids = [...unknown];
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
    if (from > 0) await nextIteration();
    const some = ids.slice(from, from + ROWS_AT_ONCE);
    const found = await Promise.all(some.map((userId) => users.findById(userId, call)));
    for (const [i, userId] of some.entries()) names.set(userId, found[i]?.username ?? '');
  }
  return events.map((event) => ({ ...event, username: event.username || (names.get(event.userId) ?? '') }));
}

/**
 * The smallest id that an event of this time (ms since the epoch) can have: UUIDs of version 7 begin with the ms since
 * the epoch (RFC 9562 section 5.7).
 */
function firstIdAt(time: number): string {
  const ms = Math.max(0, time).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8, 12)}-0000-0000-000000000000`;
}

function timeFault(time: Date | undefined): string | undefined {
  return time !== undefined && Number.isNaN(time.getTime()) ? 'Must be a time of RFC 3339' : undefined;
}
