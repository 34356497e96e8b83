import { isApiKeyId, type Principal } from '../principal';

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
}

/** How far ahead the clock of the replica that signed may be, in seconds. `exp` has no leeway. */
const CLOCK_SKEW_SECONDS = 5;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The principal of the claims of a token whose signature is right, every one of them required and typed (RFC 9068
 * section 2.2), or undefined. `aud` must be the one audience itself. The caller checks the expiry.
 */
export function readClaims(claims: Record<string, unknown>, rules: ClaimRules, nowMs: number): Principal | undefined {
  const { iss, aud, client_id: clientId, sub, sid, preferred_username: username, roles, iat, exp, jti } = claims;
  const { kind = 'person' } = claims;
  if (iss !== rules.issuer || aud !== rules.audience || !isName(jti) || !isName(clientId)) return undefined;
  if (!isUuid(sub) || !isUuid(sid) || typeof username !== 'string' || !isStrings(roles)) return undefined;
  if (!isTime(iat) || !isTime(exp) || !isKind(kind)) return undefined;
  if (exp < iat || iat > nowMs / 1000 + CLOCK_SKEW_SECONDS) return undefined;
  return Object.freeze({
    userId: sub,
    username,
    roles: Object.freeze([...roles]),
    sessionId: sid,
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
    kind,
    apiKeyId: isApiKeyId(sid) ? sid : '',
  });
}

function isKind(value: unknown): value is Principal['kind'] {
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
