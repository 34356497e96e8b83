export const AUDIT_EVENT_TYPES = [
  'user.registered',
  'user.created',
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
] as const;

export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** One thing that happened to an account (OWASP ASVS 5.0, 16.3). Never holds a secret. */
export interface AuditEvent {
  readonly id: string;
  readonly type: AuditEventType;
  readonly occurredAt: Date;
  /** Whom it happened to; empty where nobody is known. */
  readonly userId: string;
  /** Who did it, where that is somebody else. */
  readonly actorId: string;
  readonly ipAddress: string;
  readonly requestId: string;
  /** A short fixed word, for example `wrong_password`; never text from the caller. */
  readonly reason: string;
}
