import { accountTokensContract } from './account-tokens.contract';
import { apiKeysContract } from './api-keys.contract';
import { auditLogContract } from './audit-log.contract';
import { deadlinesContract } from './deadlines.contract';
import { durabilityContract } from './durability.contract';
import { expiryContract } from './expiry.contract';
import { importContract } from './import.contract';
import { lastAdminContract } from './last-admin.contract';
import { literalTextContract } from './literal-text.contract';
import { loginFailuresContract } from './login-failures.contract';
import { mailLimitsContract } from './mail-limits.contract';
import { mailOutboxContract } from './mail-outbox.contract';
import type { OpenFresh } from './opened-store';
import { revocationFeedContract } from './revocation-feed.contract';
import { rotationContract } from './rotation.contract';
import { rowCountsContract } from './row-counts.contract';
import { sessionEndsContract } from './session-ends.contract';
import { signingKeysContract } from './signing-keys.contract';
import { userChangesContract } from './user-changes.contract';
import { userListContract } from './user-list.contract';
import { userSearchContract } from './user-search.contract';
import { usersContract } from './users.contract';

/** Everything that an engine promises; each engine runs all of it. */
export function storeContract(open: OpenFresh): void {
  usersContract(open);
  userChangesContract(open);
  userListContract(open);
  userSearchContract(open);
  importContract(open);
  lastAdminContract(open);
  rotationContract(open);
  rowCountsContract(open);
  sessionEndsContract(open);
  loginFailuresContract(open);
  revocationFeedContract(open);
  auditLogContract(open);
  signingKeysContract(open);
  apiKeysContract(open);
  mailOutboxContract(open);
  accountTokensContract(open);
  mailLimitsContract(open);
  expiryContract(open);
  durabilityContract(open);
  literalTextContract(open);
  deadlinesContract(open);
}
