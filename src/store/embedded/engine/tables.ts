import type { Database, DatabaseOptions, RootDatabase } from 'lmdb';
import type { StoredAccountToken } from '../../../auth/account-tokens/stored-account-tokens';
import type { StoredUser } from '../../../auth/accounts/users';
import type { StoredApiKey } from '../../../auth/api-keys/stored-api-keys';
import type { AuditEvent } from '../../../auth/audit/audit-event';
import type { OutgoingMail } from '../../../auth/outgoing-mail/outgoing-mail';
import type { Revocation } from '../../../auth/revocation/revocation-record';
import type { StoredSession } from '../../../auth/sessions/stored-sessions';
import type { StoredSigningKey } from '../../../auth/tokens/signing-keys';
import { rowEncoding } from './row-encoding';

/** Failed logins of one window. */
export interface FailureCount {
  readonly count: number;
  /** Ms since the epoch. */
  readonly startedAt: number;
  readonly endsAt: number;
}

/** A mail that waits, or that a claim holds. */
export interface WaitingMail extends OutgoingMail {
  /** How many claims there have been. */
  readonly attempt: number;
  /** When it can be claimed, ms since the epoch; 0 until it was tried for the first time. */
  readonly dueAt: number;
}

/** Mails of one kind to one address. */
export interface MailCount {
  readonly taken: readonly { readonly id: string; readonly at: number }[];
  /** Ms since the epoch. */
  readonly endsAt: number;
}

/** The latest token of a user and purpose; without a hash once it has been consumed or voided. */
export type AccountTokenRow = Pick<StoredAccountToken, 'id' | 'expiresAt'> &
  (Pick<StoredAccountToken, 'purpose' | 'userId' | 'address' | 'epoch' | 'tokenHash'> | { readonly tokenHash: null });

export type Table<Row> = Database<Row, Buffer>;

/** What lies where; README.md describes it. Keys: keys.ts. */
export interface Tables {
  readonly users: Table<StoredUser>;
  /** Comparison key -> user id. */
  readonly emails: Table<string>;
  /** Comparison key -> user id. */
  readonly usernames: Table<string>;
  /** External id -> user id. */
  readonly externalIds: Table<string>;
  /** A role or kind, user id. */
  readonly usersByLabel: Table<boolean>;
  /** `importedHashCost`, user id. */
  readonly importedHashes: Table<boolean>;
  /** The ids of active users with the role `admin`. */
  readonly activeAdmins: Table<boolean>;
  readonly sessions: Table<StoredSession>;
  /** User id, session id: sessions that have not ended. */
  readonly openSessions: Table<boolean>;
  /** Digest of the account, and of the source where it is one source's. */
  readonly failures: Table<FailureCount>;
  /** Digests of account and source -> until when the source is known, ms since the epoch. */
  readonly knownSources: Table<number>;
  /** Sequence -> record. */
  readonly feed: Table<Revocation>;
  readonly auditEvents: Table<AuditEvent>;
  /** User id, or where there is none the digest of the name that was tried; event id. */
  readonly auditByUser: Table<boolean>;
  /** As `auditByUser`, type; event id. */
  readonly auditByUserAndType: Table<boolean>;
  /** Type, event id. */
  readonly auditByType: Table<boolean>;
  /** The ids of events that count repetitions. */
  readonly repeatedEvents: Table<boolean>;
  readonly signingKeys: Table<StoredSigningKey>;
  readonly apiKeys: Table<StoredApiKey>;
  /** User id, key id. */
  readonly apiKeysByUser: Table<boolean>;
  readonly mailOutbox: Table<WaitingMail>;
  /** When it is due, mail id. */
  readonly mailsByDue: Table<boolean>;
  /** User id, purpose. */
  readonly accountTokens: Table<AccountTokenRow>;
  /** Hash of a live token -> key of its row. */
  readonly accountTokensByHash: Table<{ readonly userId: string; readonly purpose: string }>;
  /** Digest of kind and address. */
  readonly mailCounts: Table<MailCount>;
  /** When to look, kind and key of a row: what the sweep goes by. */
  readonly expiries: Table<boolean>;
  readonly counters: Table<number>;
}

export const TABLE_NAMES: readonly (keyof Tables)[] = [
  'users',
  'emails',
  'usernames',
  'externalIds',
  'usersByLabel',
  'importedHashes',
  'activeAdmins',
  'sessions',
  'openSessions',
  'failures',
  'knownSources',
  'feed',
  'auditEvents',
  'auditByUser',
  'auditByUserAndType',
  'auditByType',
  'repeatedEvents',
  'signingKeys',
  'apiKeys',
  'apiKeysByUser',
  'mailOutbox',
  'mailsByDue',
  'accountTokens',
  'accountTokensByHash',
  'mailCounts',
  'expiries',
  'counters',
];

export function openTables(root: RootDatabase): Tables {
  // `encoder` is missing in the types of lmdb's tables, not in its documentation.
  const options: DatabaseOptions & { encoder: unknown } = { keyEncoding: 'binary', encoder: rowEncoding };
  const opened = TABLE_NAMES.map((name) => [name, root.openDB(name, { ...options })] as const);
  return Object.fromEntries(opened) as unknown as Tables;
}
