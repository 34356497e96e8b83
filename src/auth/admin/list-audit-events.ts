import { FieldCheck } from '../account-fields';
import { AUDIT_EVENT_TYPES, type AuditEvent } from '../audit-event';
import type { Call } from '../call';
import type { AuditLog } from '../ports';
import { pageFaults, pageLimit } from './page';

export interface ListAuditEventsInput {
  readonly pageSize: number;
  readonly pageToken: string;
  /** Empty: of everybody. */
  readonly userId: string;
  /** Empty: of every type. */
  readonly type: string;
}

/** A page of audit events, the newest first. @throws AuthError INVALID_FIELDS */
export function listAuditEvents(deps: { readonly auditLog: AuditLog }) {
  return async (input: ListAuditEventsInput, call: Call): Promise<{ events: AuditEvent[]; nextPageToken: string }> => {
    const { pageToken, userId, type } = input;
    const typeIsKnown = type === '' || AUDIT_EVENT_TYPES.some((known) => known === type);
    pageFaults(new FieldCheck(), input)
      .add('type', typeIsKnown ? undefined : `Must be one of: ${AUDIT_EVENT_TYPES.join(', ')}`)
      .done();
    const limit = pageLimit(input.pageSize);
    const found = await deps.auditLog.list(
      { userId: userId || undefined, type: type || undefined, before: pageToken || undefined, limit: limit + 1 },
      call,
    );
    const events = found.slice(0, limit);
    return { events, nextPageToken: found.length > limit ? (events.at(-1)?.id ?? '') : '' };
  };
}
