import type { StoredAccountTokens } from './account-tokens/stored-account-tokens';
import type { Users } from './accounts/users';
import type { StoredApiKeys } from './api-keys/stored-api-keys';
import type { AuditLog } from './audit/audit-log';
import type { LoginFailures } from './login/login-failures';
import type { MailLimits } from './outgoing-mail/mail-limits';
import type { MailOutbox } from './outgoing-mail/mail-outbox';
import type { RevocationFeed } from './revocation/revocation-feed';
import type { StoredSessions } from './sessions/stored-sessions';
import type { SigningKeys } from './tokens/signing-keys';

/** What the domain asks of a storage engine. */
export interface StorePorts {
  readonly users: Users;
  readonly sessions: StoredSessions;
  readonly loginFailures: LoginFailures;
  readonly revocationFeed: RevocationFeed;
  readonly auditLog: AuditLog;
  readonly signingKeys: SigningKeys;
  readonly apiKeys: StoredApiKeys;
  readonly mailOutbox: MailOutbox;
  readonly accountTokens: StoredAccountTokens;
  readonly mailLimits: MailLimits;
}
