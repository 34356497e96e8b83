import type { AuditEvent } from '../../auth/audit/audit-event';
import type { AuditLog, ListAuditEventsQuery } from '../../auth/audit/audit-log';
import type { Call } from '../../auth/call';
import type { StoreOptions } from '../store';
import type { Engine } from './engine/engine';
import { groupKey, pairKey, textKey } from './engine/keys';
import type { Table, Tables } from './engine/tables';

const AFTER_ALL = Buffer.alloc(9, 0xff);
const NOTHING = Buffer.alloc(0);

export class EmbeddedAuditLog implements AuditLog {
  constructor(
    private readonly engine: Engine,
    private readonly options: Pick<StoreOptions, 'clock' | 'auditRetentionMs'>,
  ) {}

  async append(events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.engine.write(undefined, (tables) => {
      for (const event of events) {
        const known = tables.auditEvents.get(textKey(event.id));
        if (known !== undefined && known.count >= event.count) continue;
        // Only the count and the last time have changed; what leads to it is there.
        tables.auditEvents.put(textKey(event.id), event);
        addRepeated(tables, event);
        if (known !== undefined) continue;
        for (const [index, key] of indexKeys(tables, event)) index.put(key, true);
      }
    });
  }

  list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]> {
    return this.engine.read(call, (tables) => {
      const events: AuditEvent[] = [];
      const oldest = this.options.clock.now() - this.options.auditRetentionMs;
      for (const event of candidates(tables, query)) {
        // The newest come first: whatever follows one that is past its time is so, too.
        if (events.length >= query.limit || event.occurredAt.getTime() <= oldest) break;
        if (matches(event, query)) events.push(event);
      }
      return events;
    });
  }
}

function matches(event: AuditEvent, { userId, type, loginDigest, repeatedAt }: ListAuditEventsQuery): boolean {
  return (
    (userId === undefined || event.userId === userId) &&
    (type === undefined || event.type === type) &&
    (loginDigest === undefined || event.loginDigest === loginDigest) &&
    (repeatedAt === undefined || isRepeatedAt(event, repeatedAt))
  );
}

function isRepeatedAt(
  { occurredAt, lastOccurredAt }: AuditEvent,
  { time, since }: NonNullable<ListAuditEventsQuery['repeatedAt']>,
): boolean {
  return occurredAt >= since && occurredAt < time && lastOccurredAt >= time;
}

/** What `auditByUser` leads by: the user, or where there is none the digest of the name. Rows of before lack it. */
export function findSubject({ userId, loginDigest }: Partial<Pick<AuditEvent, 'userId' | 'loginDigest'>>): string {
  return userId || loginDigest || '';
}

/** What leads to an event. */
function indexKeys(tables: Tables, event: AuditEvent): [Table<boolean>, Buffer][] {
  const subject = findSubject(event);
  return [
    [tables.auditByUser, pairKey(subject, event.id)],
    [tables.auditByUserAndType, subjectAndTypeKey(subject, event)],
    [tables.auditByType, pairKey(event.type, event.id)],
  ];
}

export function subjectAndTypeKey(subject: string, { type, id }: Pick<AuditEvent, 'type' | 'id'>): Buffer {
  return Buffer.concat([groupKey(subject), pairKey(type, id)]);
}

/** `repeatedEvents` has what counts repetitions. */
export function addRepeated({ repeatedEvents }: Tables, { id, count }: AuditEvent): void {
  if (count > 1) repeatedEvents.put(textKey(id), true);
}

/** Removes an event and what leads to it. */
export function removeAuditEvent(tables: Tables, event: AuditEvent): void {
  tables.auditEvents.remove(textKey(event.id));
  tables.repeatedEvents.remove(textKey(event.id));
  for (const [index, key] of indexKeys(tables, event)) index.remove(key);
}

/** The newest first, by way of the narrowest index. */
function* candidates(tables: Tables, query: ListAuditEventsQuery): Generator<AuditEvent> {
  const { before, from = '' } = query;
  const [index, group] = pick(tables, query);
  const start = Buffer.concat([group, before === undefined ? AFTER_ALL : textKey(before)]);
  const end = from === '' ? (group.length === 0 ? Buffer.of(0) : group) : Buffer.concat([group, textKey(from)]);
  for (const key of index.getKeys({ start, end, reverse: true, exclusiveStart: true, inclusiveEnd: from !== '' })) {
    const event = tables.auditEvents.get(key.subarray(group.length));
    if (event !== undefined) yield event;
  }
}

function pick(tables: Tables, query: ListAuditEventsQuery): [Table<unknown>, Buffer] {
  const { userId, type, loginDigest, repeatedAt } = query;
  if (repeatedAt !== undefined) return [tables.repeatedEvents, NOTHING];
  const subject = userId ?? loginDigest;
  if (subject !== undefined && type !== undefined) {
    return [tables.auditByUserAndType, Buffer.concat([groupKey(subject), groupKey(type)])];
  }
  if (subject !== undefined) return [tables.auditByUser, groupKey(subject)];
  if (type !== undefined) return [tables.auditByType, groupKey(type)];
  return [tables.auditEvents, NOTHING];
}
