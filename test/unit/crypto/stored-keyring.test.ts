import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { deriveKey } from '../../../src/crypto/keys/derive-key';
import { generateKeys } from '../../../src/crypto/keys/key-pair';
import { sealPrivateKey } from '../../../src/crypto/keys/sealed-private-key';
import { aSubject, aTokenIssuer, signed } from '../../contract/token-issuer';
import { aSigningKey } from '../../support/domain/builders';
import { TestClock } from '../../support/domain/clock';
import { eventually } from '../../support/domain/eventually';
import { SigningKeysInMemory } from './signing-keys-in-memory';

const UNLIMITED = Number.MAX_SAFE_INTEGER;
const aSecret = () => createSecretKey(randomBytes(40));

/** What all replicas of one service have in common. */
function aService() {
  const secrets = { current: aSecret(), previous: undefined };
  return { secrets, signingKeys: new SigningKeysInMemory(), clock: new TestClock() };
}

describe('the shared key pairs', () => {
  it('are one for replicas that start at the same moment', async () => {
    const service = aService();
    const replicas = await Promise.all(Array.from({ length: 8 }, () => aTokenIssuer('ES256', service)));
    expect(service.signingKeys.keys).toHaveLength(1);
    expect(new Set(replicas.map(({ keyring }) => keyring.signing().id)).size).toBe(1);
    const { token } = replicas[0]?.tokens.issue(aSubject(), UNLIMITED) ?? { token: '' };
    for (const { tokens } of replicas) expect(tokens.verify(token).claims.username).toBe('ada');
  });

  it('cannot be read out of the store', async () => {
    const service = aService();
    const { keyring } = await aTokenIssuer('ES256', service);
    const stored = JSON.stringify(service.signingKeys.keys);
    const { d = '' } = keyring.signing().signingKey.export({ format: 'jwk' });
    expect(stored).not.toContain(d);
    expect(stored).not.toContain('PRIVATE KEY');
    expect(JSON.parse(service.signingKeys.keys[0]?.publicJwk ?? '')).not.toHaveProperty('d');
  });

  it.each([
    ['ES256', ['crv', 'kty', 'x', 'y']],
    ['RS256', ['e', 'kty', 'n']],
  ] as const)('are published with their public members only, named by their thumbprint (%s, RFC 7638)', async (algorithm, members) => {
    const { keyring } = await aTokenIssuer(algorithm);
    const [jwk] = keyring.jwks().keys;
    expect(Object.keys(jwk ?? {}).sort()).toEqual([...members, 'alg', 'kid', 'use'].sort());
    const hashed = JSON.stringify(jwk, [...members]);
    expect(jwk?.kid).toBe(createHash('sha256').update(hashed).digest('base64url'));
  });

  it('are believed only under the own secret: who can write to the store alone adds none', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', service);
    const forged = await generateKeys('ES256');
    const stranger = deriveKey(aSecret(), 'signing-key-encryption');
    const [own] = service.signingKeys.keys;
    const publicJwk = JSON.stringify(forged.publicJwk);
    const attempts = [
      { id: forged.id, publicJwk, encryptedPrivateKey: sealPrivateKey(forged.privateKey, forged, stranger) },
      { id: forged.id, publicJwk, encryptedPrivateKey: own?.encryptedPrivateKey ?? '' },
      { id: forged.id, publicJwk, encryptedPrivateKey: 'v1.AAAA' },
    ];
    for (const [i, attempt] of attempts.entries()) {
      service.signingKeys.keys = [...(own ? [own] : []), aSigningKey({ sequence: 2 + i, ...attempt })];
      await here.keyring.refresh(here.internalCall());
      expect(here.keyring.find(forged.id)).toBeUndefined();
    }
    if (own) service.signingKeys.keys = [{ ...own, publicJwk }];
    await here.keyring.refresh(here.internalCall());
    expect(here.keyring.jwks().keys.map(({ x }) => x)).not.toContain(forged.publicJwk.x);
    expect(here.problems).toHaveLength(1);
    const token = signed({ alg: 'ES256', kid: forged.id, typ: 'at+jwt' }, {}, forged.privateKey, 'ES256');
    expect(() => here.tokens.verify(token)).toThrow('INVALID_TOKEN');
  });

  it('are made anew when the secret that seals them is gone', async () => {
    const service = aService();
    const before = await aTokenIssuer('ES256', service);
    const after = await aTokenIssuer('ES256', { ...service, secrets: { current: aSecret(), previous: undefined } });
    expect(after.keyring.signing().id).not.toBe(before.keyring.signing().id);
    expect(after.problems).toEqual(['A stored signing key opens under neither SECRET_KEY nor SECRET_KEY_PREVIOUS']);
    expect(service.signingKeys.keys).toHaveLength(2);
  });

  it('an unknown kid is refused, and makes the keyring look again at most once a second [C3]', async () => {
    const service = aService();
    const [here, there] = [await aTokenIssuer('ES256', service), await aTokenIssuer('ES256', service)];
    const kid = await there.keyring.rotate(there.internalCall());
    const reads = service.signingKeys.reads;
    for (let i = 0; i < 100; i += 1) expect(here.keyring.find(`unknown ${i}`)).toBeUndefined();
    await eventually('the new key is known', () => here.keyring.find(kid) !== undefined);
    expect(service.signingKeys.reads).toBe(reads + 1);
  });

  it('an unknown kid makes the keyring look again a second later, although the wall clock was set back [C9]', async () => {
    const service = aService();
    const [here, there] = [await aTokenIssuer('ES256', service), await aTokenIssuer('ES256', service)];
    expect(here.keyring.find('unknown')).toBeUndefined();
    service.clock.stepWallClock(-3_600_000);
    service.clock.advance(1_000);
    const kid = await there.keyring.rotate(there.internalCall());
    await eventually('the new key is known', () => here.keyring.find(kid) !== undefined);
  });

  it('a kid that is unknown while the store is out of reach is not called invalid', async () => {
    const service = aService();
    const [here, there] = [await aTokenIssuer('ES256', service), await aTokenIssuer('ES256', service)];
    await there.keyring.rotate(there.internalCall());
    service.clock.advance(60_001);
    const { token } = there.tokens.issue(aSubject(), UNLIMITED);
    expect(() => here.tokens.verify(token)).toThrow('STORE_UNAVAILABLE');
    await here.keyring.refresh(here.internalCall());
    expect(here.tokens.verify(token).claims.username).toBe('ada');
  });
});
