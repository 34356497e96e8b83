import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { AUDIT_EVENT_TYPES, type AuditEvent } from '../audit/audit-event';
import type { AuditLog } from '../audit/audit-log';
import type { Events } from '../audit/events';
import type { Call } from '../call';
import { pageFaults, pageLimit } from './page';

export interface ListAuditEventsInput {
  readonly pageSize: number;
  readonly pageToken: string;
  /** Empty: of everybody. */
  readonly userId: string;
  /** Empty: of every type. */
  readonly type: string;
  /** From this time on. */
  readonly occurredAfter: Date | undefined;
  /** Up to, not including, this time. */
  readonly occurredBefore: Date | undefined;
}

/** A page of audit events, the newest first. @throws AuthError INVALID_FIELDS */
export function listAuditEvents(deps: { readonly auditLog: AuditLog; readonly events: Pick<Events, 'flush'> }) {
  return async (input: ListAuditEventsInput, call: Call): Promise<{ events: AuditEvent[]; nextPageToken: string }> => {
    const { pageToken, type, occurredAfter, occurredBefore } = input;
    const check = pageFaults(new FieldCheck(), input);
    const userId = input.userId === '' ? undefined : readId(check, 'user_id', input.userId);
    const typeIsKnown = type === '' || AUDIT_EVENT_TYPES.some((known) => known === type);
    check
      .add('occurred_after', timeFault(occurredAfter))
      .add('occurred_before', timeFault(occurredBefore))
      .add('type', typeIsKnown ? undefined : `Must be one of: ${AUDIT_EVENT_TYPES.join(', ')}`)
      .done();
    const limit = pageLimit(input.pageSize);
    const bounds = [pageToken.toLowerCase(), occurredBefore === undefined ? '' : firstIdAt(occurredBefore)].filter(
      (id) => id !== '',
    );
    const [before] = bounds.sort();
    // What this process has acknowledged before the call shows, though it is written in batches.
    await deps.events.flush();
    const found = await deps.auditLog.list({ userId, type: type || undefined, before, limit: limit + 1 }, call);
    const first = occurredAfter === undefined ? '' : firstIdAt(occurredAfter);
    const inTime = found.filter(({ id }) => id >= first);
    const events = inTime.slice(0, limit);
    return { events, nextPageToken: inTime.length > limit ? (events.at(-1)?.id ?? '') : '' };
  };
}

/**
 * The smallest id that an event of this time can have: UUIDs of version 7 begin with the ms since the epoch (RFC 9562
 * section 5.7).
 */
function firstIdAt(time: Date): string {
  const ms = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8, 12)}-0000-0000-000000000000`;
}

function timeFault(time: Date | undefined): string | undefined {
  return time !== undefined && Number.isNaN(time.getTime()) ? 'Must be a time of RFC 3339' : undefined;
}
