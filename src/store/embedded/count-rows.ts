import type { RowCounts } from '../row-counts';
import type { Deadline, Engine } from './engine';
import type { Table } from './tables';

/** `Store.countRows`. */
export function countRows(engine: Engine, deadline: Deadline): Promise<RowCounts> {
  return engine.read(deadline, (tables) => ({
    users: countEntries(tables.users),
    sessions: countEntries(tables.sessions),
    auditEvents: countEntries(tables.auditEvents),
    apiKeys: countEntries(tables.apiKeys),
    loginFailures: countEntries(tables.failures),
    revocations: countEntries(tables.feed),
    waitingMails: countEntries(tables.mailOutbox),
    accountTokens: countEntries(tables.accountTokens),
  }));
}

/** As LMDB itself counts them: `getCount` would walk through all keys. */
export function countEntries(table: Table<unknown>): number {
  return (table.getStats() as { readonly entryCount: number }).entryCount;
}
