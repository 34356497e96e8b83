import { type Model, type QueryFilter, trusted } from 'mongoose';
import type { AuditEvent } from '../../auth/audit/audit-event';
import type { AuditLog, ListAuditEventsQuery } from '../../auth/audit/audit-log';
import type { Call } from '../../auth/call';
import { type AuditDocument, fromDocument, toDocument } from './models';
import { duringCall, within } from './operation';
import { queryableId, queryableText } from './shapes';
import { isOnlyRepetition } from './store-errors';

const APPEND_TIMEOUT_MS = 10_000;

export class MongoAuditLog implements AuditLog {
  constructor(
    private readonly model: Model<AuditDocument>,
    private readonly clock: { now(): number },
    private readonly retentionMs: number,
  ) {}

  async append(events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    const documents = events.map(toDocument);
    await within(APPEND_TIMEOUT_MS, (options) =>
      this.model.insertMany(documents, { ...options, ordered: false }).catch((error: unknown) => {
        // Appended again after a lost answer.
        if (!isOnlyRepetition(error)) throw error;
      }),
    );
  }

  async list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]> {
    const { userId, type, before, limit } = query;
    const filter: QueryFilter<AuditDocument> = {
      ...(userId === undefined ? {} : { userId: queryableText(userId) }),
      ...(type === undefined ? {} : { type: queryableText(type) }),
      ...(before === undefined ? {} : { _id: trusted({ $lt: queryableId(before) }) }),
      occurredAt: trusted({ $gt: new Date(this.clock.now() - this.retentionMs) }),
    };
    const found = await duringCall(call, (options) =>
      this.model.find(filter, null, options).sort({ _id: -1 }).limit(limit).lean().exec(),
    );
    return found.map(fromDocument<AuditEvent>);
  }
}
