export const AUDIT_EVENT_TYPES = [
  'user.registered',
  'user.created',
  'user.imported',
  'user.exported',
  'user.disabled',
  'user.enabled',
  'user.deleted',
  'user.roles_changed',
  'user.unlocked',
  'login.succeeded',
  'login.failed',
  'login.rate_limited',
  'refresh.replayed',
  'session.ended',
  'password.changed',
  'role.denied',
  'key.rotated',
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'api_key.refused',
  'mail.failed',
  'password.reset_requested',
  'password.reset',
  'email.verification_requested',
  'email.verified',
  'email.changed',
] as const;

export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** One thing that happened to an account (OWASP ASVS 5.0, 16.3). Never holds a secret. */
export interface AuditEvent {
  readonly id: string;
  readonly type: AuditEventType;
  readonly occurredAt: Date;
  /** The user it happened to; empty where none is known. */
  readonly userId: string;
  /**
   * Their username as it was then. Empty where no user is known, and where the name was not at hand: then the user is
   * there to be asked.
   */
  readonly username: string;
  /** The name that was tried to log in with where no account has it: `LoginDigests.digest` of it; otherwise empty. */
  readonly loginDigest: string;
  /** Who did it, where that is another user. */
  readonly actorId: string;
  readonly ipAddress: string;
  readonly requestId: string;
  /** A short fixed word, for example `wrong_password`; never text from the caller. */
  readonly reason: string;
  /**
   * How often it happened: repeated refusals, and requests for a mail, of one kind, account and source are one event,
   * and so are sessions that were ended together.
   */
  readonly count: number;
  /** When it happened for the last time; `occurredAt` is the first. */
  readonly lastOccurredAt: Date;
}

/** What a use case says of an event. */
export type ReportedEvent = Omit<AuditEvent, 'id' | 'occurredAt' | 'count' | 'lastOccurredAt'> & {
  /** How many things of the kind happened at once; 1 unless given. */
  readonly count?: number;
};

/** What callers can bring about at will: repetitions are counted in one event, so that they cannot fill the store. */
export const REPEATABLE_EVENTS: ReadonlySet<AuditEventType> = new Set([
  'login.failed',
  'login.rate_limited',
  'role.denied',
  'api_key.refused',
  'password.reset_requested',
  'email.verification_requested',
]);

/** How long repetitions are counted in one event: `lastOccurredAt` is never later after the first. */
export const REPETITION_WINDOW_MS = 600_000;
