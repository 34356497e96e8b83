import { createHash, randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type { StoredUser } from '../../../src/auth/accounts/users';
import { newApiKeyId } from '../../../src/auth/api-keys/api-key-id';
import type { StoredApiKey } from '../../../src/auth/api-keys/stored-api-keys';
import type { AuditEvent } from '../../../src/auth/audit/audit-event';
import type { LoginLimits } from '../../../src/auth/login/login-failures';
import type { OutgoingMail } from '../../../src/auth/outgoing-mail/outgoing-mail';
import type { ChangedUser, EndedSessions } from '../../../src/auth/revocation/revocation-record';
import type { StoredSession } from '../../../src/auth/sessions/stored-sessions';
import type { StoredSigningKey } from '../../../src/auth/tokens/signing-keys';

const DAY_MS = 86_400_000;

export const LOGIN_LIMITS: LoginLimits = { perSource: 3, perAccount: 5, windowSeconds: 900 };

/** A UUID of version 7; each is greater than the one before. */
export function anId(): string {
  return v7();
}

/** A fresh user; no other user has the email or the username. */
export function aUser(overrides: Partial<StoredUser> = {}): StoredUser {
  const id = overrides.id ?? anId();
  const name = randomBytes(8).toString('hex');
  return {
    id,
    email: `${name}@example.com`,
    username: `u-${name}`,
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA',
    active: true,
    roles: ['user'],
    emailVerified: false,
    createdAt: new Date(),
    version: 1,
    sessionEpoch: 1,
    ...overrides,
  };
}

let made = 0;

/** A fresh live session of generation 0. */
export function aSession(overrides: Partial<StoredSession> = {}): StoredSession {
  const now = overrides.createdAt?.getTime() ?? Date.now();
  made += 1;
  return {
    // As ids of sessions are: in the order of their time, and of those of one moment in the order of their making.
    id: v7({ msecs: now, seq: made }),
    userId: anId(),
    epoch: 1,
    generation: 0,
    saltHash: createHash('sha256').update(randomBytes(16)).digest('base64url'),
    refreshKeyId: 'key-1',
    rotatedAt: [],
    deviceName: 'A laptop',
    userAgent: 'test-agent/1',
    ipAddress: '192.0.2.7',
    createdAt: new Date(now),
    lastUsedAt: new Date(now),
    expiresAt: new Date(now + 7 * DAY_MS),
    limitAt: new Date(now + 30 * DAY_MS),
    endedAt: null,
    endReason: null,
    ...overrides,
  };
}

export function anEndedSessions(overrides: Partial<EndedSessions> = {}): EndedSessions {
  return {
    kind: 'sessions',
    id: anId(),
    at: Date.now(),
    userId: anId(),
    sessionIds: [anId()],
    reason: 'revoked',
    ...overrides,
  };
}

export function aChangedUser(overrides: Partial<ChangedUser> = {}): ChangedUser {
  return {
    kind: 'user',
    id: anId(),
    at: Date.now(),
    userId: anId(),
    version: 2,
    state: 'active',
    roles: ['user'],
    ...overrides,
  };
}

export function anAuditEvent(overrides: Partial<AuditEvent> = {}): AuditEvent {
  const id = anId();
  // Of the same millisecond as the id, by which the store finds events of a time (RFC 9562, 5.7).
  const occurredAt = new Date(Number.parseInt(id.replace('-', '').slice(0, 12), 16));
  return {
    id,
    type: 'login.failed',
    occurredAt,
    userId: anId(),
    actorId: '',
    ipAddress: '192.0.2.7',
    requestId: 'test-request',
    reason: 'wrong_password',
    username: '',
    loginDigest: '',
    count: 1,
    lastOccurredAt: overrides.occurredAt ?? occurredAt,
    ...overrides,
  };
}

export function aSigningKey(overrides: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    id: anId(),
    sequence: 1,
    algorithm: 'ES256',
    publicJwk: '{"kty":"EC","crv":"P-256","x":"x","y":"y"}',
    encryptedPrivateKey: 'v1.c2VhbGVk',
    createdAt: new Date(),
    activeAt: new Date(),
    ...overrides,
  };
}

/** A fresh live key. */
export function anApiKey(overrides: Partial<StoredApiKey> = {}): StoredApiKey {
  const now = overrides.createdAt?.getTime() ?? Date.now();
  return {
    id: newApiKeyId({ next: anId }),
    userId: anId(),
    name: 'a deployment',
    secretHash: createHash('sha256').update(randomBytes(16)).digest('base64url'),
    roles: ['user'],
    allowedCidrs: [],
    createdAt: new Date(now),
    expiresAt: new Date(now + 90 * DAY_MS),
    lastUsedAt: null,
    revokedAt: null,
    ...overrides,
  };
}

/** A mail that has just been requested. */
export function aMail(overrides: Partial<OutgoingMail> = {}): OutgoingMail {
  return { id: anId(), kind: 'password-reset', address: 'a@example.com', requestedAt: new Date(), ...overrides };
}
