import type { AuditEvent } from '../../auth/audit/audit-event';
import type { AuditLog, ListAuditEventsQuery } from '../../auth/audit/audit-log';
import type { Call } from '../../auth/call';
import type { StoreOptions } from '../store';
import type { Engine } from './engine';
import { groupKey, pairKey, textKey } from './keys';
import type { Table, Tables } from './tables';

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
        tables.auditEvents.put(textKey(event.id), event);
        tables.auditByUser.put(pairKey(event.userId, event.id), true);
        tables.auditByType.put(pairKey(event.type, event.id), true);
      }
    });
  }

  list(query: ListAuditEventsQuery, call: Call): Promise<AuditEvent[]> {
    return this.engine.read(call, (tables) => {
      const events: AuditEvent[] = [];
      const oldest = this.options.clock.now() - this.options.auditRetentionMs;
      for (const event of candidates(tables, query)) {
        if (events.length >= query.limit) break;
        if (event.occurredAt.getTime() > oldest && matches(event, query)) events.push(event);
      }
      return events;
    });
  }
}

function matches(event: AuditEvent, { userId, type }: ListAuditEventsQuery): boolean {
  return (userId === undefined || event.userId === userId) && (type === undefined || event.type === type);
}

/** Removes an event and what leads to it. */
export function removeAuditEvent(tables: Tables, event: AuditEvent): void {
  tables.auditEvents.remove(textKey(event.id));
  tables.auditByUser.remove(pairKey(event.userId, event.id));
  tables.auditByType.remove(pairKey(event.type, event.id));
}

/** The newest first, by way of the narrowest index. */
function* candidates(tables: Tables, { userId, type, before }: ListAuditEventsQuery): Generator<AuditEvent> {
  const [index, group] = pick(tables, userId, type);
  const start = Buffer.concat([group, before === undefined ? AFTER_ALL : textKey(before)]);
  const end = group.length === 0 ? Buffer.of(0) : group;
  for (const key of index.getKeys({ start, end, reverse: true, exclusiveStart: true })) {
    const event = tables.auditEvents.get(key.subarray(group.length));
    if (event !== undefined) yield event;
  }
}

function pick(tables: Tables, userId: string | undefined, type: string | undefined): [Table<unknown>, Buffer] {
  if (userId !== undefined) return [tables.auditByUser, groupKey(userId)];
  if (type !== undefined) return [tables.auditByType, groupKey(type)];
  return [tables.auditEvents, NOTHING];
}
