import type { AuditEvent } from '../../../auth/audit/audit-event';
import type { Document } from './documents';
import { date, schema, text } from './schema';

export type AuditDocument = Omit<Document<AuditEvent>, 'type'> & { readonly type: string };

/** Index of what counts repetitions. */
export const REPEATED_EVENTS = { occurredAt: -1, _id: -1 } as const;

export const auditEvents = schema<AuditDocument>({
  _id: text,
  type: text,
  occurredAt: date,
  userId: String,
  username: String,
  loginDigest: String,
  actorId: String,
  ipAddress: String,
  requestId: String,
  reason: String,
  count: Number,
  lastOccurredAt: Date,
})
  .index({ userId: 1, _id: -1 })
  .index({ userId: 1, type: 1, _id: -1 })
  .index({ type: 1, _id: -1 })
  .index({ loginDigest: 1, _id: -1 }, { partialFilterExpression: { loginDigest: { $gt: '' } } })
  .index(REPEATED_EVENTS, { partialFilterExpression: { count: { $gt: 1 } } })
  // For how long is AUDIT_RETENTION_DAYS: `Retention`, in indexes.ts.
  .index({ occurredAt: 1 }, { expireAfterSeconds: 0 });
