import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { createRefreshTokens } from '../../../src/crypto/tokens/refresh-tokens';
import { anId } from '../../support/domain/builders';
import { anyCharacter } from '../../support/texts/any-character';

const secret = (text: string) => createSecretKey(Buffer.from(text.repeat(8)));
const [OLD, NEW] = [secret('older'), secret('newer')];
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('refresh tokens', () => {
  const tokens = createRefreshTokens({ current: NEW, previous: undefined });
  const someClaims = () => ({ sessionId: anId(), userId: anId(), generation: 7, salt: tokens.newSalt() });
  const someToken = () => tokens.mint(someClaims(), tokens.currentKeyId);

  it('open to what they were made of, for any generation', () => {
    const anyClaims = fc.record({
      sessionId: fc.uuid(),
      userId: fc.uuid(),
      generation: fc.maxSafeNat(),
      salt: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    });
    fc.assert(
      fc.property(anyClaims, (claims) => {
        expect(tokens.open(tokens.mint(claims, tokens.currentKeyId))).toEqual(claims);
      }),
    );
  });

  it('carry 128 random bits that only a digest is kept of [D1]', () => {
    const salts = new Set(Array.from({ length: 1000 }, () => tokens.newSalt()));
    expect(salts.size).toBe(1000);
    for (const salt of salts) {
      expect(Buffer.from(salt, 'base64url')).toHaveLength(16);
      expect(tokens.hashSalt(salt)).not.toContain(salt);
      expect(tokens.hashSalt(salt)).toBe(tokens.hashSalt(salt));
    }
  });

  it('are the same for the same claims and key [D5]', () => {
    const claims = someClaims();
    const replica = createRefreshTokens({ current: OLD, previous: NEW });
    expect(replica.mint(claims, tokens.currentKeyId)).toBe(tokens.mint(claims, tokens.currentKeyId));
    expect(tokens.mint(claims, 'a key of long ago')).toBe(tokens.mint(claims, tokens.currentKeyId));
    expect(replica.mint(claims, replica.currentKeyId)).not.toBe(tokens.mint(claims, tokens.currentKeyId));
  });

  it('open under the previous secret, and no longer when it is gone [C9]', () => {
    const claims = someClaims();
    const old = createRefreshTokens({ current: OLD, previous: undefined });
    const token = old.mint(claims, old.currentKeyId);
    expect(createRefreshTokens({ current: NEW, previous: OLD }).open(token)).toEqual(claims);
    expect(tokens.open(token)).toBeUndefined();
  });

  it('are refused when any character is any other [D1]', () => {
    const token = someToken();
    const changed = Array.from({ length: token.length }, (_, at) =>
      [...ALPHABET, '.', ' ', '=', '+', '/'].map((character) => token.slice(0, at) + character + token.slice(at + 1)),
    ).flat();
    expect(changed.filter((text) => text !== token && tokens.open(text) !== undefined)).toEqual([]);
  });

  it('are refused when cut, lengthened, moved about or in another form [D1]', () => {
    const token = someToken();
    const [prefix, sid, uid, generation, salt, mac] = token.split('.');
    const other = someToken().split('.');
    const texts = [
      ...Array.from({ length: token.length }, (_, i) => token.slice(0, i)),
      ...[`${token}=`, `${token}\n`, ` ${token}`, `${token} `, `${token}.`, `${token}A`, token.toUpperCase()],
      [prefix, sid, uid, `0${generation}`, salt, mac].join('.'),
      [prefix, sid, uid, `${generation}.0`, salt, mac].join('.'),
      [prefix, sid, uid, '7e0', salt, mac].join('.'),
      [prefix, sid, uid, '-7', salt, mac].join('.'),
      [prefix, uid, sid, generation, salt, mac].join('.'),
      [prefix, sid, uid, generation, salt, other[5]].join('.'),
      [prefix, other[1], uid, generation, salt, mac].join('.'),
      [prefix, sid, uid, generation, salt, Buffer.from(mac ?? '', 'base64url').toString('base64')].join('.'),
      ['pstr2', sid, uid, generation, salt, mac].join('.'),
      'x'.repeat(1_000_000),
      `${token}${'A'.repeat(4096)}`,
    ];
    expect(texts.filter((text) => tokens.open(text) !== undefined)).toEqual([]);
  });

  it('are refused whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: anyCharacter }), (text) => tokens.open(text) === undefined));
    expect(tokens.open('pstr1.__proto__.constructor.0.{"$ne":""}.x')).toBeUndefined();
  });

  it('are refused under a right MAC when the generation is no safe integer', () => {
    const token = tokens.mint({ ...someClaims(), generation: 9_007_199_254_740_992 }, tokens.currentKeyId);
    expect(tokens.open(token)).toBeUndefined();
  });

  it('of another service with another secret are refused', () => {
    const stranger = createRefreshTokens({ current: createSecretKey(randomBytes(32)), previous: undefined });
    expect(tokens.open(stranger.mint(someClaims(), stranger.currentKeyId))).toBeUndefined();
  });
});
