import { numberKey } from './keys';
import type { Tables } from './tables';

/** Kinds of rows that go by themselves, as one byte of a key. */
export const EXPIRING = {
  session: 1,
  failures: 2,
  knownSource: 3,
  revocation: 4,
  apiKey: 5,
  accountToken: 6,
  mailCount: 7,
} as const;

export type ExpiringKind = (typeof EXPIRING)[keyof typeof EXPIRING];

/**
 * Notes, in the transaction that makes a row, when the sweep is to look at it. A row whose life is prolonged keeps its
 * note: the sweep finds it still alive and notes the new time.
 */
export function noteExpiry(tables: Tables, kind: ExpiringKind, key: Buffer, at: number): void {
  tables.expiries.put(Buffer.concat([numberKey(at), Buffer.of(kind), key]), true);
}

export interface ExpiryNote {
  readonly noteKey: Buffer;
  readonly kind: ExpiringKind;
  readonly key: Buffer;
}

/** The notes that have come due, the oldest first. */
export function dueNotes(tables: Tables, now: number, limit: number): ExpiryNote[] {
  const due = tables.expiries.getKeys({ end: numberKey(now), limit });
  return [...due].map((noteKey) => ({ noteKey, kind: noteKey[8] as ExpiringKind, key: noteKey.subarray(9) }));
}
