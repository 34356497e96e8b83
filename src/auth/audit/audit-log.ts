import type { Call } from '../call';
import type { AuditEvent } from './audit-event';

export interface ListAuditEventsQuery {
  readonly userId: string | undefined;
  readonly type: string | undefined;
  /** Only attempts to log in with the name of this digest, where no account had it. */
  readonly loginDigest?: string | undefined;
  /** Only events with a smaller id; ids are in the order of `occurredAt`. */
  readonly before: string | undefined;
  /** Only events with this id or a greater one. */
  readonly from?: string | undefined;
  /** Only events that count repetitions, began from `since` on and before `time`, and occurred again from `time` on. */
  readonly repeatedAt?: { readonly time: Date; readonly since: Date } | undefined;
  readonly limit: number;
}

/** The durable audit trail. Events go by themselves after AUDIT_RETENTION_DAYS. */
export interface AuditLog {
  /**
   * Durable when resolved; repeated without harm. An event that is there already gets the greater `count` and the later
   * `lastOccurredAt`.
   */
  append(events: readonly AuditEvent[]): Promise<void>;
  /** The newest first. Reads little more than it returns; with `repeatedAt` what counts repetitions from `since` on. */
  list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]>;
}
