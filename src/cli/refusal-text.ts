import type { AuthError, Reason } from '../auth/errors';
import { StoreUnreachableError } from '../store/store';

const TEXTS: Partial<Record<Reason, string>> = {
  EMAIL_TAKEN: 'Email already registered',
  USERNAME_TAKEN: 'Username already registered',
  USER_NOT_FOUND: 'User not found',
  SESSION_NOT_FOUND: 'Session not found',
  SERVICE_ACCOUNT: 'A service account has neither password nor email; give it an API key',
  MAIL_OFF:
    'Mail is not configured here: set MAIL and what belongs to it as the service has it (docs/configuration.md)',
  LAST_ADMIN: 'The last active admin cannot be changed',
  KEY_NOT_ROTATABLE:
    'Under JWT_ALGORITHM=HS256 the key is SECRET_KEY; how to change it: docs/configuration.md, "SECRET_KEY"',
  STORE_UNAVAILABLE: 'Storage is unavailable; check DATABASE_URL and that the database runs',
};

/** What the domain refused, for people at a terminal: one line per fault. */
export function refusalText(error: AuthError): string {
  const faults = error.violations.map(({ field, description }) => `${field}: ${description}`);
  if (error.cause instanceof StoreUnreachableError) return `Storage is unavailable. ${error.cause.message}`;
  return faults.length > 0 ? faults.join('\n') : (TEXTS[error.reason] ?? error.reason);
}
