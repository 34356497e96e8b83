import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Clock } from '../../auth/clock';
import { AuthError } from '../../auth/errors';
import type { AccessTokens } from '../../auth/tokens/access-tokens';
import type { Keyring, VerificationKey } from '../keys/keyring';
import { type ClaimRules, claimsOf, readClaims } from './access-token-claims';
import { AccessTokenHeaders } from './access-token-header';
import { headerText, MAX_TOKEN_LENGTH } from './compact-token';
import { VerifiedTokens, type VerifiedTokensLimits, type VerifiedTokensStats } from './verified-tokens';

export interface AccessTokensOptions {
  readonly keyring: Keyring;
  /** JWT_ISSUER, JWT_AUDIENCE. */
  readonly issuer: string;
  readonly audience: string;
  /** ACCESS_TOKEN_EXPIRE_MINUTES, in ms. */
  readonly accessTtlMs: number;
  readonly clock: Clock;
  /** How many verified tokens are remembered. */
  readonly cache?: VerifiedTokensLimits;
}

/** How far the clocks of replicas may be apart. It makes no token live longer: `exp` is taken as it stands. */
const CLOCK_SKEW_SECONDS = 5;
const CACHE: VerifiedTokensLimits = { maxEntries: 20_000, maxBytes: 32 * 1024 * 1024 };

/**
 * JWTs in the profile of RFC 9068. `verify` answers a token it has seen before without verifying it again, with the same frozen
 * claims; a key of another replica that is unknown here because the store was out of reach is STORE_UNAVAILABLE, not a refusal.
 * A token that lives longer than ACCESS_TOKEN_EXPIRE_MINUTES is refused: revocations are not kept for so long.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens & { cacheStats(): VerifiedTokensStats } {
  const { keyring, issuer, audience, accessTtlMs, clock } = options;
  const maxLifetime = Math.ceil(accessTtlMs / 1000);
  const rules: ClaimRules = { issuer, audience, maxLifetime, clockSkew: CLOCK_SKEW_SECONDS };
  const headers = new AccessTokenHeaders();
  const verified = new VerifiedTokens(options.cache ?? CACHE, keyring);

  function keyOf(token: string): VerificationKey {
    const text = headerText(token);
    const header = text === undefined ? undefined : headers.read(text);
    if (header === undefined) throw new AuthError('INVALID_TOKEN');
    const key = keyring.find(header.kid);
    if (key === undefined && keyring.isStale()) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    if (key === undefined || key.algorithm !== header.alg) throw new AuthError('INVALID_TOKEN');
    return key;
  }

  return {
    issue({ userId, username, roles, sessionId }, notAfter) {
      const { id: kid, algorithm, signingKey } = keyring.signing();
      const now = clock.now();
      const iat = Math.floor(now / 1000);
      const exp = Math.floor(Math.min(now + accessTtlMs, notAfter) / 1000);
      const token = jwt.sign(
        {
          iss: issuer,
          aud: audience,
          sub: userId,
          sid: sessionId,
          preferred_username: username,
          roles,
          iat,
          exp,
          jti: randomUUID(),
        },
        signingKey,
        { algorithm, header: { alg: algorithm, kid, typ: 'at+jwt' } },
      );
      if (token.length > MAX_TOKEN_LENGTH)
        throw new Error('An access token would be too long: its user has too many roles');
      return { token, claims: claimsOf({ userId, username, roles, sessionId, issuedAt: iat, expiresAt: exp }) };
    },
    verify(token) {
      const now = clock.now();
      const known = verified.get(token);
      if (known !== undefined) {
        if (now < known.claims.expiresAt * 1000) return known;
        verified.delete(token);
        throw new AuthError('TOKEN_EXPIRED');
      }
      const key = keyOf(token);
      const claims = readClaims(signedPayload(token, key, now), rules, now);
      if (claims === undefined) throw new AuthError('INVALID_TOKEN');
      if (now < claims.expiresAt * 1000) return verified.add(token, claims, key.id);
      throw new AuthError('TOKEN_EXPIRED');
    },
    cacheStats: () => verified.stats(),
  };
}

/** The payload under a right signature. `exp` is left to the caller, so that only a token that is right otherwise has "expired". */
function signedPayload(token: string, { algorithm, verificationKey }: VerificationKey, nowMs: number): unknown {
  try {
    return jwt.verify(token, verificationKey, {
      algorithms: [algorithm],
      ignoreExpiration: true,
      clockTimestamp: nowMs / 1000,
      clockTolerance: CLOCK_SKEW_SECONDS,
    });
  } catch (cause) {
    throw new AuthError('INVALID_TOKEN', { cause });
  }
}
