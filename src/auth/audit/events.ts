import type { AuditEvent } from './audit-event';

/** Where use cases report what happened. Never throws, never waits. */
export interface Events {
  record(event: Omit<AuditEvent, 'id' | 'occurredAt'>): void;
}
