import type { CredentialFault } from './tokens/credential-fault';

/**
 * Every way in which Postern refuses a call. Status and message of each: `src/transport/errors/status.ts` and
 * docs/errors.md.
 */
export const REASONS = [
  'INVALID_FIELDS',
  'EMAIL_TAKEN',
  'USERNAME_TAKEN',
  'BAD_CREDENTIALS',
  'INVALID_TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'INVALID_REFRESH_TOKEN',
  'USER_INACTIVE',
  'ROLE_MISSING',
  'RATE_LIMITED',
  'OVERLOADED',
  'USER_NOT_FOUND',
  'SESSION_NOT_FOUND',
  'KEY_NOT_ROTATABLE',
  'LAST_ADMIN',
  'STORE_UNAVAILABLE',
  'API_KEY_NOT_FOUND',
  'API_KEY_LIMIT',
  'SESSION_REQUIRED',
  'SERVICE_ACCOUNT',
  'MAIL_OFF',
  'INVALID_ACCOUNT_TOKEN',
  'EMAIL_UNVERIFIED',
] as const;

export type Reason = (typeof REASONS)[number];

/** One refused field of a request, named as in the proto file. */
export interface Violation {
  readonly field: string;
  /** What was wrong and what to do; never repeats the value. */
  readonly description: string;
}

export interface AuthErrorOptions {
  readonly violations?: readonly Violation[];
  /** Whom the refusal is about, where that is known; for the log, never sent. */
  readonly userId?: string;
  /** What is wrong with the credential; for the log, never sent. */
  readonly fault?: CredentialFault | undefined;
  /** Seconds after which the same call has a chance. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/**
 * A refusal that callers see. Anything else that is thrown leaves as INTERNAL. It has no stack: that of a
 * refusal says nothing, and a sender of bad tokens could make the process spend most of its time on stacks.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly reason: Reason;
  readonly violations: readonly Violation[];
  readonly retryAfterSeconds: number | undefined;
  readonly userId: string | undefined;
  readonly fault: CredentialFault | undefined;

  constructor(reason: Reason, options: AuthErrorOptions = {}) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.reason = reason;
    this.violations = options.violations ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.userId = options.userId;
    this.fault = options.fault;
  }
}

/** The call's own deadline passed, or its caller went away; whatever was not yet written is not written. */
export class CallEndedError extends Error {
  override readonly name = 'CallEndedError';
  readonly cancelled: boolean;

  constructor(cancelled: boolean) {
    super(cancelled ? 'The caller cancelled the call' : 'The deadline of the call has passed');
    this.cancelled = cancelled;
  }
}
