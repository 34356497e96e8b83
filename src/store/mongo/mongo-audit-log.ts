import { type Model, type QueryFilter, trusted } from 'mongoose';
import type { AuditEvent } from '../../auth/audit/audit-event';
import type { AuditLog, ListAuditEventsQuery } from '../../auth/audit/audit-log';
import type { Call } from '../../auth/call';
import { type AuditDocument, REPEATED_EVENTS } from './collections/audit-events';
import { fromDocument, toDocument } from './collections/documents';
import { duringCall, within } from './commands/operation';
import { queryableId, queryableText } from './commands/shapes';
import { isOnlyRepetition } from './commands/store-errors';

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
    const once = documents.filter(({ count }) => count === 1);
    const repeated = documents.filter(({ count }) => count > 1);
    await within(APPEND_TIMEOUT_MS, async (options) => {
      const unordered = { ...options, ordered: false };
      if (once.length > 0) {
        // By the driver: mongoose would make an object with getters of each event before it is sent.
        await this.model.collection.insertMany(once as never[], unordered).catch((error: unknown) => {
          // Appended again after a lost answer.
          if (!isOnlyRepetition(error)) throw error;
        });
      }
      if (repeated.length > 0) await this.model.collection.bulkWrite(repeated.map(writeRepeated) as never[], unordered);
    });
  }

  async list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]> {
    const { userId, type, loginDigest, before, from, repeatedAt, limit } = query;
    const oldest = new Date(this.clock.now() - this.retentionMs);
    const filter: QueryFilter<AuditDocument> = {
      ...(userId === undefined ? {} : { userId: queryableText(userId) }),
      ...(type === undefined ? {} : { type: queryableText(type) }),
      ...(loginDigest === undefined ? {} : { loginDigest: queryableText(loginDigest) }),
      ...(before === undefined && from === undefined ? {} : { _id: trusted(buildIdRange(before, from)) }),
      occurredAt: trusted({ $gt: oldest }),
      ...(repeatedAt && buildRepeatedFilter(repeatedAt, oldest)),
    };
    const found = await duringCall(call, (options) => {
      const find = this.model
        .find(filter, null, options)
        .limit(limit)
        .batchSize(limit + 1)
        .lean();
      // Both are in the order of time. Without the hint the server may go through all events of a user.
      return repeatedAt ? find.sort(REPEATED_EVENTS).hint(REPEATED_EVENTS).exec() : find.sort({ _id: -1 }).exec();
    });
    return found.map(fromDocument<AuditEvent>);
  }
}

function buildRepeatedFilter({ time, since }: { time: Date; since: Date }, oldest: Date) {
  return {
    count: trusted({ $gt: 1 }),
    occurredAt: trusted({ $gt: oldest, $gte: since, $lt: time }),
    lastOccurredAt: trusted({ $gte: time }),
  };
}

function buildIdRange(before: string | undefined, from: string | undefined): { $lt?: string; $gte?: string } {
  return {
    ...(before === undefined ? {} : { $lt: queryableId(before) }),
    ...(from === undefined ? {} : { $gte: queryableId(from) }),
  };
}

/** Writes an event that is perhaps there already with a smaller count. */
function writeRepeated({ _id, count, lastOccurredAt, ...first }: AuditDocument) {
  const update = { $setOnInsert: first, $max: { count, lastOccurredAt } };
  return { updateOne: { filter: { _id }, update, upsert: true } };
}
