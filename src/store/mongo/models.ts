import type { Connection, Model } from 'mongoose';
import type { StoredUser } from '../../auth/accounts/users';
import type { StoredApiKey } from '../../auth/api-keys/stored-api-keys';
import type { AuditEvent } from '../../auth/audit/audit-event';
import type { OutgoingMail } from '../../auth/mail/outgoing-mail';
import type { StoredSession } from '../../auth/sessions/stored-sessions';
import type { StoredSigningKey } from '../../auth/tokens/signing-keys';
import type { ReplicaSecrets } from '../replica-secrets';
import { type AccountTokenDocument, accountTokens, type MailCountDocument, mailCounts } from './account-token-models';
import type { OperationOptions } from './operation';
import { date, flag, number, schema, text, texts } from './schema';

/** A domain type as it lies in the store: its `id` is the `_id`. */
export type Document<T extends { readonly id: string }> = Omit<T, 'id'> & { readonly _id: string };

export type UserDocument = Document<StoredUser> & {
  /** `emailKey` of the email, `comparisonKey` of the username. */
  readonly emailKey: string;
  readonly usernameKey: string;
  /** See README.md, "The last admin". */
  readonly fence: number;
};
export type SessionDocument = Document<StoredSession> & { readonly endedBy?: string };
export type ApiKeyDocument = Document<StoredApiKey> & {
  /** Which of the owner's slots a live key takes; README.md, "API keys". */
  readonly slot?: number;
  readonly removeAt: Date;
};
export type MailDocument = Document<OutgoingMail> & {
  /** How many claims there have been. */
  readonly attempt: number;
  /** When it can be claimed, by the server's clock; the epoch until it was tried for the first time. */
  readonly dueAt: Date;
};
export type AuditDocument = Omit<Document<AuditEvent>, 'type'> & { readonly type: string };
export type SigningKeyDocument = Document<StoredSigningKey>;

/** Who is known to be an active admin; one document. See README.md, "The last admin". */
export interface AdminsDocument {
  readonly _id: string;
  readonly ids: string[];
  readonly revision: number;
}

export type ReplicaDocument = Document<ReplicaSecrets> & { readonly expireAt: Date };

/** Up to which version the data of a kind has been brought; see rekey-names.ts. */
export interface SchemaVersionDocument {
  readonly _id: string;
  readonly version: number;
}

export interface RevocationDocument {
  readonly _id: string;
  readonly kind: 'sessions' | 'user';
  readonly at: number;
  readonly userId: string;
  readonly sessionIds?: string[];
  readonly reason?: string;
  readonly version?: number;
  readonly state?: string;
  readonly roles?: string[];
  /** By the server's clock, so that pollers see one order. */
  readonly storedAt: Date;
  readonly expireAt: Date;
}

export interface LoginFailuresDocument {
  /** Digest of the account. */
  readonly _id: string;
  readonly start: number;
  readonly count: number;
  readonly sources: { readonly id: string; readonly start: number; readonly count: number }[];
  /** Where the account has logged in from lately. */
  readonly known: { readonly id: string; readonly at: number }[];
  /** Ms since the epoch until which the latest try was refused; null when it was let through. */
  readonly refusedUntil: number | null;
  readonly expireAt: Date;
}

const users = schema<UserDocument>({
  _id: text,
  email: text,
  username: text,
  emailKey: text,
  usernameKey: text,
  passwordHash: text,
  active: flag,
  roles: texts,
  emailVerified: flag,
  createdAt: date,
  version: number,
  sessionEpoch: number,
  kind: String,
  externalId: String,
  importDigest: String,
  importedHashCost: String,
  fence: number,
})
  .index({ emailKey: 1 }, { unique: true })
  .index({ usernameKey: 1 }, { unique: true })
  .index({ externalId: 1 }, { unique: true, partialFilterExpression: { externalId: { $gt: '' } } })
  .index({ importedHashCost: 1 }, { partialFilterExpression: { importedHashCost: { $gt: '' } } })
  .index({ roles: 1, _id: 1 })
  .index({ kind: 1, _id: 1 }, { partialFilterExpression: { kind: 'service' } });

const sessions = schema<SessionDocument>({
  _id: text,
  userId: text,
  epoch: number,
  generation: number,
  saltHash: text,
  refreshKeyId: text,
  rotatedAt: { type: [Number], required: true },
  deviceName: String,
  userAgent: String,
  ipAddress: String,
  createdAt: date,
  lastUsedAt: date,
  expiresAt: date,
  limitAt: date,
  endedAt: Date,
  endReason: String,
  endedBy: String,
})
  // Of live ones alone: what has ended must not make the owner's calls dearer.
  .index({ userId: 1, createdAt: -1, _id: -1 }, { partialFilterExpression: { endedAt: null } })
  .index({ endedBy: 1 }, { partialFilterExpression: { endedBy: { $exists: true } } })
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const loginFailures = schema<LoginFailuresDocument>({
  _id: text,
  start: number,
  count: number,
  sources: [{ _id: false, id: text, start: number, count: number }],
  known: [{ _id: false, id: text, at: number }],
  refusedUntil: Number,
  expireAt: date,
}).index({ expireAt: 1 }, { expireAfterSeconds: 0 });

const revocations = schema<RevocationDocument>({
  _id: text,
  kind: text,
  at: number,
  userId: text,
  sessionIds: { type: [String], default: undefined },
  reason: String,
  version: Number,
  state: String,
  roles: { type: [String], default: undefined },
  storedAt: date,
  expireAt: date,
})
  .index({ storedAt: 1 })
  .index({ expireAt: 1 }, { expireAfterSeconds: 0 });

/** Index of what counts repetitions. */
export const REPEATED_EVENTS = { occurredAt: -1, _id: -1 } as const;

const auditEvents = schema<AuditDocument>({
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

const signingKeys = schema<SigningKeyDocument>({
  _id: text,
  sequence: number,
  algorithm: text,
  publicJwk: text,
  encryptedPrivateKey: text,
  createdAt: date,
  activeAt: date,
}).index({ sequence: 1 }, { unique: true });

const apiKeys = schema<ApiKeyDocument>({
  _id: text,
  userId: text,
  name: text,
  secretHash: text,
  roles: texts,
  allowedCidrs: texts,
  createdAt: date,
  expiresAt: date,
  lastUsedAt: Date,
  revokedAt: Date,
  slot: Number,
  removeAt: date,
})
  .index({ userId: 1, _id: 1 })
  .index({ userId: 1, slot: 1 }, { unique: true, partialFilterExpression: { slot: { $exists: true } } })
  .index({ removeAt: 1 }, { expireAfterSeconds: 0 });

const mailOutbox = schema<MailDocument>({
  _id: text,
  kind: text,
  address: text,
  userId: String,
  requestedAt: date,
  newAddress: String,
  ipAddress: String,
  requestId: String,
  attempt: number,
  dueAt: date,
}).index({ dueAt: 1, _id: 1 });

const schemaVersions = schema<SchemaVersionDocument>({ _id: text, version: number });

const replicas = schema<ReplicaDocument>({
  _id: text,
  host: text,
  current: text,
  previous: String,
  expireAt: date,
}).index({ expireAt: 1 }, { expireAfterSeconds: 0 });

const admins = schema<AdminsDocument>({ _id: text, ids: texts, revision: number });

export interface Models {
  readonly users: Model<UserDocument>;
  readonly sessions: Model<SessionDocument>;
  readonly loginFailures: Model<LoginFailuresDocument>;
  readonly revocations: Model<RevocationDocument>;
  readonly auditEvents: Model<AuditDocument>;
  readonly signingKeys: Model<SigningKeyDocument>;
  readonly apiKeys: Model<ApiKeyDocument>;
  readonly mailOutbox: Model<MailDocument>;
  readonly accountTokens: Model<AccountTokenDocument>;
  readonly mailCounts: Model<MailCountDocument>;
  readonly replicas: Model<ReplicaDocument>;
  readonly admins: Model<AdminsDocument>;
  readonly schemaVersions: Model<SchemaVersionDocument>;
}

export function modelsOn(connection: Connection): Models {
  return {
    users: connection.model('User', users, 'users'),
    sessions: connection.model('Session', sessions, 'sessions'),
    loginFailures: connection.model('LoginFailures', loginFailures, 'login_failures'),
    revocations: connection.model('Revocation', revocations, 'revocations'),
    auditEvents: connection.model('AuditEvent', auditEvents, 'audit_events'),
    signingKeys: connection.model('SigningKey', signingKeys, 'signing_keys'),
    apiKeys: connection.model('ApiKey', apiKeys, 'api_keys'),
    mailOutbox: connection.model('OutgoingMail', mailOutbox, 'mail_outbox'),
    accountTokens: connection.model('AccountToken', accountTokens, 'account_tokens'),
    mailCounts: connection.model('MailCount', mailCounts, 'mail_counts'),
    replicas: connection.model('Replica', replicas, 'replicas'),
    admins: connection.model('Admins', admins, 'admins'),
    schemaVersions: connection.model('SchemaVersion', schemaVersions, 'schema_versions'),
  };
}

/** The domain's form of a document. */
export function fromDocument<T extends { readonly id: string }>(document: { readonly _id: string }): T {
  const { _id, ...rest } = document;
  return { id: _id, ...rest } as unknown as T;
}

/** The store's form of a domain object. */
export function toDocument<T extends { readonly id: string }>(object: T): Document<T> {
  const { id, ...rest } = object;
  return { _id: id, ...rest };
}

/** Inserts by the driver: mongoose's own ways of inserting one document drop the time limit and the signal. */
export async function insertInto<T extends { readonly _id: string }>(
  model: Model<T>,
  document: T,
  options: OperationOptions,
): Promise<void> {
  await model.collection.insertOne({ ...document } as never, options);
}
