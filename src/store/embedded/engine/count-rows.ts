import { countEach, type RowCounts, type RowKind } from '../../row-counts';
import type { Deadline, Engine } from './engine';
import type { Table, Tables } from './tables';

const TABLES = {
  users: 'users',
  sessions: 'sessions',
  auditEvents: 'auditEvents',
  apiKeys: 'apiKeys',
  loginFailures: 'failures',
  revocations: 'feed',
  waitingMails: 'mailOutbox',
  accountTokens: 'accountTokens',
} as const satisfies Record<RowKind, keyof Tables>;

/** `Store.countRows`. */
export function countRows(engine: Engine, deadline: Deadline): Promise<RowCounts> {
  return countEach((kind) => engine.read(deadline, (tables) => countEntries(tables[TABLES[kind]])));
}

/** As LMDB itself counts them: `getCount` would walk through all keys. */
export function countEntries(table: Table<unknown>): number {
  return (table.getStats() as { readonly entryCount: number }).entryCount;
}
