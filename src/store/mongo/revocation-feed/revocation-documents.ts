import type { Revocation } from '../../../auth/revocation/revocation-record';
import type { RevocationDocument } from '../collections/revocations';

/** What of a document makes the record; everything else need not travel. */
export const RECORD_FIELDS = {
  _id: 1,
  kind: 1,
  at: 1,
  userId: 1,
  sessionIds: 1,
  reason: 1,
  version: 1,
  state: 1,
  roles: 1,
} as const satisfies Partial<Record<keyof RevocationDocument, 1>>;

export type RecordDocument = Pick<RevocationDocument, keyof typeof RECORD_FIELDS>;

export function toRecord(document: RecordDocument): Revocation {
  const { _id: id, kind, at, userId } = document;
  const record =
    kind === 'sessions'
      ? { kind, id, at, userId, sessionIds: document.sessionIds ?? [], reason: document.reason }
      : { kind, id, at, userId, version: document.version, state: document.state, roles: document.roles ?? [] };
  return record as Revocation;
}

/** The fields of a record's document that the record itself gives. */
export function toFields(record: Revocation): Omit<RevocationDocument, '_id' | 'storedAt' | 'expireAt'> {
  const { kind, at, userId } = record;
  if (record.kind === 'sessions') {
    return { kind, at, userId, sessionIds: [...record.sessionIds], reason: record.reason };
  }
  return { kind, at, userId, version: record.version, state: record.state, roles: [...record.roles] };
}
