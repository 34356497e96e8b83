import { AuthError, CallEndedError, type Reason } from '../../auth/errors';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import { Code } from './code';
import { reasonDetails, retryDelaySeconds } from './status-details';

/** How each refusal looks on the wire. The table for people, held equal to this one by a test: docs/errors.md. */
export const STATUSES: Readonly<Record<Reason, { readonly code: Code; readonly message: string }>> = {
  INVALID_FIELDS: { code: Code.INVALID_ARGUMENT, message: 'Invalid request' },
  EMAIL_TAKEN: { code: Code.ALREADY_EXISTS, message: 'Email already registered' },
  USERNAME_TAKEN: { code: Code.ALREADY_EXISTS, message: 'Username already registered' },
  BAD_CREDENTIALS: { code: Code.UNAUTHENTICATED, message: 'Incorrect username or password' },
  INVALID_TOKEN: { code: Code.UNAUTHENTICATED, message: 'Could not validate credentials' },
  TOKEN_EXPIRED: { code: Code.UNAUTHENTICATED, message: 'Could not validate credentials' },
  TOKEN_REVOKED: { code: Code.UNAUTHENTICATED, message: 'Could not validate credentials' },
  INVALID_REFRESH_TOKEN: { code: Code.UNAUTHENTICATED, message: 'Invalid refresh token' },
  USER_INACTIVE: { code: Code.UNAUTHENTICATED, message: 'Inactive user' },
  ROLE_MISSING: { code: Code.PERMISSION_DENIED, message: 'Not enough permissions' },
  RATE_LIMITED: { code: Code.RESOURCE_EXHAUSTED, message: 'Too many requests' },
  OVERLOADED: { code: Code.RESOURCE_EXHAUSTED, message: 'Server is busy' },
  USER_NOT_FOUND: { code: Code.NOT_FOUND, message: 'User not found' },
  SESSION_NOT_FOUND: { code: Code.NOT_FOUND, message: 'Session not found' },
  KEY_NOT_ROTATABLE: { code: Code.FAILED_PRECONDITION, message: 'This key is set by SECRET_KEY' },
  LAST_ADMIN: { code: Code.FAILED_PRECONDITION, message: 'The last active admin cannot be changed' },
  STORE_UNAVAILABLE: { code: Code.UNAVAILABLE, message: 'Storage is unavailable' },
  API_KEY_NOT_FOUND: { code: Code.NOT_FOUND, message: 'API key not found' },
  API_KEY_LIMIT: { code: Code.FAILED_PRECONDITION, message: 'Too many API keys' },
  SESSION_REQUIRED: { code: Code.FAILED_PRECONDITION, message: 'This call needs a session, not an API key' },
  SERVICE_ACCOUNT: { code: Code.FAILED_PRECONDITION, message: 'A service account has no password' },
  MAIL_OFF: { code: Code.FAILED_PRECONDITION, message: 'Mail is not configured' },
  INVALID_ACCOUNT_TOKEN: { code: Code.UNAUTHENTICATED, message: 'Invalid or expired token' },
  EMAIL_UNVERIFIED: { code: Code.UNAUTHENTICATED, message: 'Email not verified' },
};

/** How a call ended, as the wire and the log line report it. */
export interface CallStatus {
  readonly code: Code;
  readonly message: string;
  /** Unset for OK and for what the domain has no reason for. */
  readonly reason?: Reason;
  /** google.rpc.Status, encoded; travels in `grpc-status-details-bin`. */
  readonly details?: Buffer;
  /** When to try again, in seconds; unset where waiting does not help. */
  readonly retryAfterSeconds?: number | undefined;
  /** Whom a refusal is about, where that is known; for the log, never sent. */
  readonly userId?: string | undefined;
  /** What is wrong with the credential of a refused call; for the log, never sent. */
  readonly fault?: CredentialFault | undefined;
  /** No use case throws this on purpose; it is to be logged with its cause. */
  readonly unexpected?: true;
}

/**
 * What a transport refuses by itself: a limit or a rule of the protocol that a call broke. The message is fixed text.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  constructor(
    readonly code: Code,
    message: string,
  ) {
    super(message);
  }
}

export const OK: CallStatus = { code: Code.OK, message: 'OK' };
export const CANCELLED: CallStatus = { code: Code.CANCELLED, message: 'Cancelled' };
export const DEADLINE_EXCEEDED: CallStatus = { code: Code.DEADLINE_EXCEEDED, message: 'Deadline exceeded' };
/** Of a stream that is open when the service stops. */
export const STOPPING: CallStatus = { code: Code.UNAVAILABLE, message: 'Server is shutting down' };
const INTERNAL: CallStatus = { code: Code.INTERNAL, message: 'Internal error', unexpected: true };

/** The status of whatever a handler threw. Nothing of an unexpected error reaches the wire. */
export function toStatus(error: unknown): CallStatus {
  if (error instanceof AuthError) return refusal(error);
  if (error instanceof CallEndedError) return error.cancelled ? CANCELLED : DEADLINE_EXCEEDED;
  if (error instanceof TransportError) return { code: error.code, message: error.message };
  return INTERNAL;
}

function refusal(error: AuthError): CallStatus {
  const { code, message } = STATUSES[error.reason];
  const { reason, userId, fault } = error;
  const details = reasonDetails(error, code, message);
  return { code, message, reason, userId, fault, details, retryAfterSeconds: retryDelaySeconds(error, code) };
}
