import type { Call } from '../call';
import type { AuditEvent } from './audit-event';

export interface ListAuditEventsQuery {
  readonly userId: string | undefined;
  readonly type: string | undefined;
  /** Only events with a smaller id; ids grow with time. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** The durable audit trail. Events go by themselves after AUDIT_RETENTION_DAYS. */
export interface AuditLog {
  append(events: readonly AuditEvent[]): Promise<void>;
  /** The newest first. */
  list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]>;
}
