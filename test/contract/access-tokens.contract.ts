import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AuthError } from '../../src/auth/errors';
import type { SigningAlgorithm } from '../../src/crypto/keys/keyring';
import { SigningKeysInMemory } from '../unit/crypto/signing-keys-in-memory';
import { mutatedTokens } from './mutated-tokens';
import { ACCESS_TTL_MS, aSubject, aTokenIssuer, signed, splitToken, type TokenIssuer } from './token-issuer';

const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** What access tokens promise under any algorithm. */
export function accessTokensContract(algorithm: SigningAlgorithm): void {
  describe(`access tokens under ${algorithm}`, () => {
    const secrets = { current: createSecretKey(randomBytes(40)), previous: undefined };
    const signingKeys = new SigningKeysInMemory();
    let issuer: TokenIssuer;
    beforeEach(async () => {
      issuer = await aTokenIssuer(algorithm, { secrets, signingKeys });
    });
    const issue = (roles?: readonly string[]) => issuer.tokens.issue(aSubject(roles), UNLIMITED).token;
    /** A token with changes, under the right key. */
    const resigned = (header: object, payload: object) => {
      const parts = splitToken(issue());
      const { signingKey } = issuer.keyring.signing();
      return signed({ ...parts.header, ...header }, { ...parts.payload, ...payload }, signingKey, algorithm);
    };
    const verify = (token: string) => issuer.tokens.verify(token).claims;
    /** Why a token is refused; undefined when it is not. Anything but a refusal is thrown on. */
    const refusal = (token: string) => {
      try {
        verify(token);
        return undefined;
      } catch (error) {
        if (error instanceof AuthError && error.message === error.reason) return error.reason;
        throw error;
      }
    };

    it('carry the claims of RFC 9068 [C5]', () => {
      const subject = aSubject(['user', 'admin']);
      const { token, claims } = issuer.tokens.issue(subject, UNLIMITED);
      const now = Math.floor(issuer.clock.now() / 1000);
      expect(claims).toEqual({ ...subject, issuedAt: now, expiresAt: now + 1800, kind: 'person', apiKeyId: '' });
      expect(issuer.tokens.verify(token).claims).toEqual(claims);
      const { header, payload } = splitToken(token);
      const named = algorithm === 'HS256' ? {} : { kid: issuer.keyring.signing().id };
      expect(header).toEqual({ alg: algorithm, ...named, typ: 'at+jwt' });
      expect(payload).toEqual({
        iss: 'postern',
        aud: 'postern',
        client_id: 'postern',
        sub: subject.userId,
        sid: subject.sessionId,
        preferred_username: 'ada',
        roles: ['user', 'admin'],
        iat: now,
        exp: now + 1800,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    });

    it('are different texts, however often they are issued for one subject', () => {
      const subject = aSubject();
      const texts = Array.from({ length: 20 }, () => issuer.tokens.issue(subject, UNLIMITED).token);
      expect(new Set(texts).size).toBe(20);
    });

    it('live no longer than their session may', () => {
      const limit = issuer.clock.now() + 90_500;
      const { token, claims } = issuer.tokens.issue(aSubject(), limit);
      expect(claims.expiresAt).toBe(Math.floor(limit / 1000));
      issuer.clock.set(limit);
      expect(refusal(token)).toBe('TOKEN_EXPIRED');
    });

    it('expire at their exp and not a millisecond later, whether seen before or not [C5]', () => {
      const [seen, unseen] = [issue(), issue()];
      const expiry = verify(seen).expiresAt * 1000;
      issuer.clock.set(expiry - 1);
      expect(verify(seen).expiresAt * 1000).toBe(expiry);
      issuer.clock.set(expiry);
      for (const token of [seen, unseen, seen]) expect(refusal(token)).toBe('TOKEN_EXPIRED');
      issuer.clock.advance(86_400_000);
      for (const token of [seen, unseen]) expect(refusal(token)).toBe('TOKEN_EXPIRED');
    });

    it('are reported as expired only when everything else is valid [C7]', () => {
      const claims = { iss: 'somebody else' };
      const token = resigned({}, claims);
      issuer.clock.advance(ACCESS_TTL_MS + 1000);
      expect(refusal(token)).toBe('INVALID_TOKEN');
    });

    it('take the media type in any case, with and without "application/" [C4]', () => {
      for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/at+JWT']) {
        expect(verify(resigned({ typ }, {})).username).toBe('ada');
      }
    });

    const badHeaders: Record<string, unknown>[] = [
      ...['JWT', '', undefined, null, 1, 'at+jwt ', 'application/application/at+jwt'].map((typ) => ({ typ })),
      ...['none', algorithm.toLowerCase(), `${algorithm} `, 'HS512', undefined, null, [algorithm]].map((alg) => ({
        alg,
      })),
      ...['', 'unknown', null, 7, 'k'.repeat(65), '__proto__'].map((kid) => ({ kid })),
      ...[[], ['exp'], null, 'exp'].map((crit) => ({ crit })),
    ];
    it.each(badHeaders)('are refused with the header %j under the right signature [C1, C3, C4]', (header) => {
      expect(refusal(resigned(header, {}))).toBe('INVALID_TOKEN');
    });

    it('have a kid exactly when verifiers can know it: under key pairs, not under the secret [C3]', () => {
      const { id } = issuer.keyring.signing();
      const isNamed = algorithm !== 'HS256';
      expect(refusal(resigned({ kid: id }, {}))).toBe(isNamed ? undefined : 'INVALID_TOKEN');
      expect(refusal(resigned({ kid: undefined }, {}))).toBe(isNamed ? 'INVALID_TOKEN' : undefined);
    });

    it('carry JWT_CLIENT_ID, and are accepted with another one that is a name (RFC 9068 section 2.2) [C5]', async () => {
      const named = await aTokenIssuer(algorithm, { secrets, signingKeys, clientId: 'shop' });
      const { token } = named.tokens.issue(aSubject(), UNLIMITED);
      expect(splitToken(token).payload.client_id).toBe('shop');
      expect(verify(token).username).toBe('ada');
      for (const clientId of ['', undefined, null, 7, ['shop']]) {
        expect(refusal(resigned({}, { client_id: clientId }))).toBe('INVALID_TOKEN');
      }
    });

    it('say typ JWT with JWT_TYP=JWT, where tokens of before the change are still accepted [C4]', async () => {
      const plain = await aTokenIssuer(algorithm, { secrets, signingKeys, type: 'JWT' });
      const { token } = plain.tokens.issue(aSubject(), UNLIMITED);
      expect(splitToken(token).header.typ).toBe('JWT');
      expect(plain.tokens.verify(token).claims.username).toBe('ada');
      expect(plain.tokens.verify(issue()).claims.username).toBe('ada');
      expect(refusal(token)).toBe('INVALID_TOKEN');
      for (const typ of ['', 'dpop+jwt', 'application/JWT']) {
        expect(() => plain.tokens.verify(resigned({ typ }, {}))).toThrow('INVALID_TOKEN');
      }
    });

    it('are refused under another algorithm of the same key [C1]', () => {
      const { header, payload } = splitToken(issue());
      const other = { HS256: 'HS512', ES256: 'ES512', RS256: 'PS256' } as const;
      const alg = other[algorithm];
      const { signingKey } = issuer.keyring.signing();
      const key = alg === 'ES512' ? generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey : signingKey;
      const token = jwt.sign(payload, key, { algorithm: alg, header: { ...header, alg } });
      expect(refusal(token)).toBe('INVALID_TOKEN');
    });

    it('are refused over 4 KiB under the right signature [C6]', () => {
      const roles = (count: number) => resigned({}, { roles: Array(count).fill('user') });
      expect(verify(roles(350)).roles).toHaveLength(350);
      expect(refusal(roles(500))).toBe('INVALID_TOKEN');
    });

    it('are verified with the configured key, whatever key the header brings [C2]', () => {
      const header = {
        jwk: { kty: 'oct', k: 'AAAA' },
        jku: 'http://127.0.0.1:1/',
        x5u: 'http://127.0.0.1:1/',
        x5c: ['x'],
      };
      expect(verify(resigned(header, {})).username).toBe('ada');
    });

    const badPayloads: Record<string, unknown>[] = [
      ...['other', 'Postern', '', undefined, null, ['postern'], 1].map((iss) => ({ iss })),
      ...['other', 'postern ', '', undefined, null, ['postern'], ['postern', 'other']].map((aud) => ({ aud })),
      ...['', 'ada', undefined, null, 1, [], { $ne: null }, 'ABCDEF00-0000-7000-8000-000000000000'].map((sub) => ({
        sub,
      })),
      ...['', undefined, null, [], { $gt: '' }, 'x'.repeat(36)].map((sid) => ({ sid })),
      ...[undefined, null, 1, [], {}].map((preferred_username) => ({ preferred_username })),
      ...[undefined, null, 'admin', {}, [1], [['admin']], { 0: 'admin', length: 1 }].map((roles) => ({ roles })),
      ...[undefined, null, '1', 1.5, -1, 1e300, {}].map((iat) => ({ iat })),
      ...[undefined, null, '9999999999', 9_999_999_999, 1.5, -1, 1e300, [], true].map((exp) => ({ exp })),
      ...[undefined, null, '', 1, {}].map((jti) => ({ jti })),
      ...[9_999_999_999, '1', null, {}].map((nbf) => ({ nbf })),
    ];
    it.each(badPayloads)('are refused with the claim %j under the right signature [C5]', (payload) => {
      expect(refusal(resigned({}, payload))).toBe('INVALID_TOKEN');
    });

    it.each(['1e999', '-1e999', 'NaN', '"x"', '[]'])('are refused with an exp of %s [C5]', (exp) => {
      const { header, payload } = splitToken(issue());
      const text = JSON.stringify({ ...payload, exp: 0 }).replace('"exp":0', `"exp":${exp}`);
      expect(refusal(signed(header, text, issuer.keyring.signing().signingKey, algorithm))).toBe('INVALID_TOKEN');
    });

    it.each([
      '',
      'null',
      '[]',
      '"text"',
      '1',
      '{',
      '{}',
      '\ufeff{}',
    ])('are refused with the payload %j [C5]', (payload) => {
      const { header } = splitToken(issue());
      expect(refusal(signed(header, payload, issuer.keyring.signing().signingKey, algorithm))).toBe('INVALID_TOKEN');
    });

    it('are refused when they would live longer than configured, or were issued in the future [C5]', () => {
      const now = Math.floor(issuer.clock.now() / 1000);
      expect(verify(resigned({}, { iat: now + 5, exp: now + 1805 })).issuedAt).toBe(now + 5);
      expect(refusal(resigned({}, { iat: now, exp: now + 1801 }))).toBe('INVALID_TOKEN');
      expect(refusal(resigned({}, { iat: now + 7, exp: now + 1000 }))).toBe('INVALID_TOKEN');
    });

    it('are refused with one constant message when changed, over at least 250 changes [C6, C7]', () => {
      const token = issue();
      const corpus = mutatedTokens(token, algorithm);
      expect(corpus.size).toBeGreaterThanOrEqual(250);
      const other = [...corpus].filter(([, text]) => text !== token && refusal(text) !== 'INVALID_TOKEN');
      expect(other).toEqual([]);
      expect(issuer.tokens.cacheStats().size).toBe(0);
      expect(verify(token).username).toBe('ada');
    });

    it('are never answered with the claims of another token, however they are interleaved [C12]', async () => {
      const subjects = Array.from({ length: 50 }, (_, i) => ({ ...aSubject(), username: `user${i}` }));
      const issued = subjects.map((subject) => issuer.tokens.issue(subject, UNLIMITED));
      const order = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 50);
      const answers = await Promise.all(order.map(async (at) => [at, verify(issued[at]?.token ?? '')] as const));
      for (const [at, claims] of answers) expect(claims).toEqual(issued[at]?.claims);
    });

    it('are verified once: the second answer is the same frozen object', () => {
      const token = issue(['user']);
      const claims = verify(token);
      expect(verify(`${token} `.trim())).toBe(claims);
      expect(Object.isFrozen(claims) && Object.isFrozen(claims.roles)).toBe(true);
      expect(issuer.tokens.cacheStats()).toEqual({ hits: 1, misses: 1, size: 1 });
    });
  });
}
