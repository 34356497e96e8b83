import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { isApiKeyId } from '../../auth/api-keys/api-key-id';
import type { Clock } from '../../auth/clock';
import { AuthError } from '../../auth/errors';
import type { AccessClaims, AccessTokens } from '../../auth/tokens/access-tokens';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import type { Keyring, VerificationKey } from '../keys/keyring';
import { type ClaimRules, freezeClaims, readClaims } from './access-token-claims';
import { AccessTokenHeaders, type TokenType } from './access-token-header';
import { headerText, MAX_TOKEN_LENGTH } from './compact-token';
import { describeFailure, describeOtherText } from './token-fault';
import { VerifiedTokens, type VerifiedTokensLimits, type VerifiedTokensStats } from './verified-tokens';

export interface AccessTokensOptions {
  readonly keyring: Keyring;
  /** JWT_ISSUER, JWT_AUDIENCE. */
  readonly issuer: string;
  readonly audience: string;
  /** JWT_CLIENT_ID: claim `client_id` (RFC 9068 section 2.2); the audience unless given. */
  readonly clientId?: string | undefined;
  /** JWT_TYP; `at+jwt` unless given. */
  readonly type?: TokenType | undefined;
  /** ACCESS_TOKEN_EXPIRE_MINUTES, in ms. */
  readonly accessTtlMs: number;
  readonly clock: Clock;
  /** How many verified tokens are remembered. */
  readonly cache?: VerifiedTokensLimits;
}

/** How far the clocks of replicas may be apart. It makes no token live longer: `exp` is taken as it stands. */
const CLOCK_SKEW_SECONDS = 5;
/**
 * Beside the payload: dots, the longest header (a `kid` of 64 characters) and the longest signature (RS256 with 2,048
 * bits), in base64url.
 */
const CHARACTERS_BESIDE_PAYLOAD = 2 + 180 + 342;
const BYTES_OF_PAYLOAD = Math.floor(((MAX_TOKEN_LENGTH - CHARACTERS_BESIDE_PAYLOAD) * 3) / 4);
/** Everything as long as it can be, and no roles. */
const LONGEST_CLAIMS: AccessClaims = {
  userId: 'x'.repeat(36),
  sessionId: 'x'.repeat(36),
  username: '\u{10ffff}'.repeat(64),
  roles: [],
  issuedAt: 9_999_999_999,
  expiresAt: 9_999_999_999,
  kind: 'service',
  apiKeyId: '',
};
/**
 * As long as the settings take them: roles that fit once fit under any later JWT_ISSUER, JWT_AUDIENCE, JWT_CLIENT_ID.
 */
const LONGEST_NAMES = { iss: 'x'.repeat(256), aud: 'x'.repeat(256), client_id: 'x'.repeat(256) };
const CACHE: VerifiedTokensLimits = { maxEntries: 20_000, maxBytes: 32 * 1024 * 1024 };

/**
 * JWTs in the profile of RFC 9068. `verify` answers a token it has seen before without verifying it again, with the
 * same frozen claims; a key of another replica that is unknown here because the store was out of reach is
 * STORE_UNAVAILABLE, not a refusal. A token that lives longer than ACCESS_TOKEN_EXPIRE_MINUTES is refused: revocations
 * are not kept for so long.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens & { cacheStats(): VerifiedTokensStats } {
  const { keyring, issuer, audience, clientId = audience, type = 'at+jwt', accessTtlMs, clock } = options;
  const maxLifetime = Math.ceil(accessTtlMs / 1000);
  const rules: ClaimRules = { issuer, audience, maxLifetime, clockSkew: CLOCK_SKEW_SECONDS };
  const headers = new AccessTokenHeaders(type);
  const verified = new VerifiedTokens(options.cache ?? CACHE, keyring);

  const own = { iss: issuer, aud: audience, client_id: clientId };
  const buildPayload = (claims: AccessClaims, jti: string, { iss, aud, client_id } = own) => ({
    iss,
    aud,
    client_id,
    sub: claims.userId,
    sid: claims.sessionId,
    preferred_username: claims.username,
    roles: claims.roles,
    iat: claims.issuedAt,
    exp: claims.expiresAt,
    jti,
    ...(claims.kind === 'service' && { kind: claims.kind }),
  });
  const longestPayload = buildPayload(LONGEST_CLAIMS, randomUUID(), LONGEST_NAMES);
  const bytesForRoles = BYTES_OF_PAYLOAD - Buffer.byteLength(JSON.stringify(longestPayload));

  /** The keys that may have signed a token: one by its `kid`, or the secrets whose tokens have none. */
  function findKeys(token: string): readonly VerificationKey[] {
    const text = headerText(token);
    const header = text === undefined ? describeOtherText(token) : headers.read(text);
    if (typeof header === 'string') throw refused(header);
    const keys = header.kid === undefined ? keyring.unnamed : findNamed(header.kid);
    if (keys.length === 0) throw refused('unknown_key');
    const usable = keys.filter((key) => key.algorithm === header.alg);
    if (usable.length === 0) throw refused('algorithm');
    return usable;
  }

  function findNamed(kid: string): readonly VerificationKey[] {
    const key = keyring.find(kid);
    if (key === undefined && keyring.isStale()) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    return key?.kid === kid ? [key] : [];
  }

  return {
    issue({ userId, username, roles, sessionId, kind = 'person' }, notAfter) {
      const { kid, algorithm, signingKey } = keyring.signing();
      const now = clock.now();
      const iat = Math.floor(now / 1000);
      const exp = Math.floor(Math.min(now + accessTtlMs, notAfter) / 1000);
      const apiKeyId = isApiKeyId(sessionId) ? sessionId : '';
      const claims = freezeClaims({
        userId,
        username,
        roles,
        sessionId,
        issuedAt: iat,
        expiresAt: exp,
        kind,
        apiKeyId,
      });
      const token = jwt.sign(buildPayload(claims, randomUUID()), signingKey, {
        algorithm,
        header: { alg: algorithm, typ: type, ...(kid === undefined ? {} : { kid }) },
      });
      if (token.length > MAX_TOKEN_LENGTH)
        throw new Error(`An access token would be too long: user ${userId} has too many roles; take some away`);
      return { token, claims };
    },
    fits: (roles) => Buffer.byteLength(JSON.stringify(roles)) <= bytesForRoles,
    verify(token) {
      const now = clock.now();
      const known = verified.get(token);
      if (known !== undefined) {
        if (now < known.claims.expiresAt * 1000) return known;
        verified.delete(token);
        throw new AuthError('TOKEN_EXPIRED', { fault: 'expired' });
      }
      const { payload, key } = verifySignature(token, findKeys(token), now);
      const claims = readClaims(payload, rules, now);
      if (typeof claims === 'string') throw refused(claims);
      if (now < claims.expiresAt * 1000) return verified.add(token, claims, key.id);
      throw new AuthError('TOKEN_EXPIRED', { fault: 'expired' });
    },
    cacheStats: () => verified.stats(),
  };
}

/**
 * The payload under a right signature, and the key that made it. `exp` is left to the caller, so that only a token that
 * is right otherwise has "expired".
 */
function verifySignature(
  token: string,
  keys: readonly VerificationKey[],
  nowMs: number,
): { readonly payload: unknown; readonly key: VerificationKey } {
  let cause: unknown;
  for (const key of keys) {
    try {
      const payload = jwt.verify(token, key.verificationKey, {
        algorithms: [key.algorithm],
        ignoreExpiration: true,
        clockTimestamp: nowMs / 1000,
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
      return { payload, key };
    } catch (error) {
      cause = error;
    }
  }
  throw refused(describeFailure(cause), cause);
}

function refused(fault: CredentialFault, cause?: unknown): AuthError {
  return new AuthError('INVALID_TOKEN', { fault, cause });
}
