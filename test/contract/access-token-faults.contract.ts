import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { AuthError } from '../../src/auth/errors';
import type { CredentialFault } from '../../src/auth/tokens/credential-fault';
import type { SigningAlgorithm } from '../../src/crypto/keys/keyring';
import { SigningKeysInMemory } from '../unit/crypto/signing-keys-in-memory';
import { ACCESS_TTL_MS, aSubject, aTokenIssuer, signed, splitToken, type TokenIssuer } from './token-issuer';

/** What the log gets of a refused access token, under any algorithm. */
export function accessTokenFaultsContract(algorithm: SigningAlgorithm): void {
  describe(`the fault of an access token refused under ${algorithm}`, () => {
    let issuer: TokenIssuer;
    beforeAll(async () => {
      const secrets = { current: createSecretKey(randomBytes(40)), previous: undefined };
      issuer = await aTokenIssuer(algorithm, { secrets, signingKeys: new SigningKeysInMemory() });
    });
    const issue = () => issuer.tokens.issue(aSubject(), Number.MAX_SAFE_INTEGER).token;
    const resigned = (header: object, payload: unknown = undefined) => {
      const parts = splitToken(issue());
      const { signingKey } = issuer.keyring.signing();
      const claims = typeof payload === 'object' ? { ...parts.payload, ...payload } : (payload ?? parts.payload);
      return signed({ ...parts.header, ...header }, claims, signingKey, algorithm);
    };
    const now = () => Math.floor(issuer.clock.now() / 1000);
    const otherKey = () =>
      algorithm === 'HS256'
        ? createSecretKey(randomBytes(40))
        : algorithm === 'ES256'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
          : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const forged = () => {
      const { header, payload } = splitToken(issue());
      return signed(header, payload, otherKey(), algorithm);
    };

    it.each<[CredentialFault, string, () => string]>([
      ['malformed', 'a text of another kind', () => 'rubbish'],
      ['malformed', 'two parts', () => issue().split('.').slice(0, 2).join('.')],
      ['malformed', 'a token longer than any', () => `${issue()}${'A'.repeat(4096)}`],
      ['malformed', 'a header that is no JSON', () => `bm90.${issue().split('.').slice(1).join('.')}`],
      ['malformed', 'a header with crit', () => resigned({ crit: ['exp'] })],
      ['bearer_in_token', 'the scheme in the token', () => `Bearer ${issue()}`],
      ['refresh_token', 'a refresh token', () => 'pstr1.01a21fbb-e0bc-87f9-a4cb-82f1accafb84.rest'],
      ['type', 'an ID token', () => resigned({ typ: 'JWT' })],
      ['type', 'no typ', () => resigned({ typ: undefined })],
      ['algorithm', 'an algorithm that is none', () => resigned({ alg: 'none' })],
      ['algorithm', 'no alg', () => resigned({ alg: undefined })],
      ['unknown_key', 'the kid of no key', () => resigned({ kid: 'unknown' })],
      ['unknown_key', 'a kid of another type', () => resigned({ kid: 7 })],
      ['signature', 'the signature of another key', forged],
      ['claims', 'a payload that is no JSON', () => resigned({}, 'text')],
      ['issuer', 'another issuer', () => resigned({}, { iss: 'https://elsewhere.example' })],
      ['audience', 'another audience', () => resigned({}, { aud: 'elsewhere' })],
      ['audience', 'a list of audiences', () => resigned({}, { aud: ['postern'] })],
      ['claims', 'no jti', () => resigned({}, { jti: undefined })],
      ['claims', 'roles of another type', () => resigned({}, { roles: 'admin' })],
      ['claims', 'a subject that is no id', () => resigned({}, { sub: 'ada' })],
      ['claims', 'an exp of another type', () => resigned({}, { exp: 'soon' })],
      ['lifetime', 'a longer life than tokens have here', () => resigned({}, { exp: now() + ACCESS_TTL_MS })],
      ['not_yet_valid', 'an iat in the future', () => resigned({}, { iat: now() + 60, exp: now() + 120 })],
      ['not_yet_valid', 'an nbf in the future', () => resigned({}, { nbf: now() + 60 })],
    ])('is %s for %s', (fault, _, token) => {
      expect(refused(token())).toEqual(['INVALID_TOKEN', fault]);
    });

    it('is expired for a token that was right, whether it was seen before or not', () => {
      const [seen, unseen] = [issue(), issue()];
      issuer.tokens.verify(seen);
      issuer.clock.advance(ACCESS_TTL_MS);
      for (const token of [seen, unseen]) expect(refused(token)).toEqual(['TOKEN_EXPIRED', 'expired']);
    });

    function refused(token: string): [reason: string, fault: CredentialFault | undefined] {
      try {
        issuer.tokens.verify(token);
      } catch (error) {
        if (error instanceof AuthError) return [error.reason, error.fault];
        throw error;
      }
      throw new Error('The token was accepted');
    }
  });
}
