import type { Connection, Model } from 'mongoose';
import { type AccountTokenDocument, accountTokens, type MailCountDocument, mailCounts } from './account-tokens';
import { type ApiKeyDocument, apiKeys } from './api-keys';
import { type AuditDocument, auditEvents } from './audit-events';
import { type LoginFailuresDocument, loginFailures } from './login-failures';
import { type MailDocument, mailOutbox } from './mail-outbox';
import { type ReplicaDocument, replicas } from './replicas';
import { type RevocationDocument, revocations } from './revocations';
import { type SchemaVersionDocument, schemaVersions } from './schema-versions';
import { type SessionDocument, sessions } from './sessions';
import { type SigningKeyDocument, signingKeys } from './signing-keys';
import { type AdminsDocument, admins, type UserDocument, users } from './users';

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
    users: connection.model<UserDocument>('User', users, 'users'),
    sessions: connection.model<SessionDocument>('Session', sessions, 'sessions'),
    loginFailures: connection.model<LoginFailuresDocument>('LoginFailures', loginFailures, 'login_failures'),
    revocations: connection.model<RevocationDocument>('Revocation', revocations, 'revocations'),
    auditEvents: connection.model<AuditDocument>('AuditEvent', auditEvents, 'audit_events'),
    signingKeys: connection.model<SigningKeyDocument>('SigningKey', signingKeys, 'signing_keys'),
    apiKeys: connection.model<ApiKeyDocument>('ApiKey', apiKeys, 'api_keys'),
    mailOutbox: connection.model<MailDocument>('OutgoingMail', mailOutbox, 'mail_outbox'),
    accountTokens: connection.model<AccountTokenDocument>('AccountToken', accountTokens, 'account_tokens'),
    mailCounts: connection.model<MailCountDocument>('MailCount', mailCounts, 'mail_counts'),
    replicas: connection.model<ReplicaDocument>('Replica', replicas, 'replicas'),
    admins: connection.model<AdminsDocument>('Admins', admins, 'admins'),
    schemaVersions: connection.model<SchemaVersionDocument>('SchemaVersion', schemaVersions, 'schema_versions'),
  };
}
