import { isApiKeyId } from '../../auth/api-keys/api-key-id';
import type { AccessClaims } from '../../auth/tokens/access-tokens';
import type { CredentialFault } from '../../auth/tokens/credential-fault';

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** How long a token may live, in seconds. */
  readonly maxLifetime: number;
  /** How far ahead the clock of the replica that signed may be, in seconds. */
  readonly clockSkew: number;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The claims of a token whose signature is right, every one of them required and typed (RFC 9068 section 2.2), or
 * what is wrong with them. `aud` must be the one audience itself, not a list that holds it; `client_id` may be any,
 * since JWT_CLIENT_ID can change while tokens live. The caller checks the expiry.
 */
export function readClaims(payload: unknown, rules: ClaimRules, nowMs: number): AccessClaims | CredentialFault {
  if (typeof payload !== 'object' || payload === null) return 'claims';
  const claims = payload as Record<string, unknown>;
  const { iss, aud, client_id: clientId, sub, sid, preferred_username: username, roles, iat, exp, jti } = claims;
  const { kind = 'person' } = claims;
  if (iss !== rules.issuer) return 'issuer';
  if (aud !== rules.audience) return 'audience';
  if (!isName(jti) || !isName(clientId)) return 'claims';
  if (!isUuid(sub) || !isUuid(sid) || typeof username !== 'string' || !isStrings(roles)) return 'claims';
  if (!isTime(iat) || !isTime(exp) || !isKind(kind)) return 'claims';
  const lifetime = exp - iat;
  if (lifetime < 0 || lifetime > rules.maxLifetime) return 'lifetime';
  if (iat > nowMs / 1000 + rules.clockSkew) return 'not_yet_valid';
  const apiKeyId = isApiKeyId(sid) ? sid : '';
  return freezeClaims({ userId: sub, username, roles, sessionId: sid, issuedAt: iat, expiresAt: exp, kind, apiKeyId });
}

/** Frozen: one object is handed out again and again. */
export function freezeClaims(claims: AccessClaims): AccessClaims {
  const { userId, username, roles, sessionId, issuedAt, expiresAt, kind, apiKeyId } = claims;
  return Object.freeze({
    userId,
    username,
    roles: Object.freeze([...roles]),
    sessionId,
    issuedAt,
    expiresAt,
    kind,
    apiKeyId,
  });
}

function isKind(value: unknown): value is AccessClaims['kind'] {
  return value === 'person' || value === 'service';
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Seconds since the epoch. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
