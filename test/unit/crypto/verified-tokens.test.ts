import { randomBytes } from 'node:crypto';
import type { AccessClaims } from '../../../src/auth/tokens/access-tokens';
import { VerifiedTokens } from '../../../src/crypto/tokens/verified-tokens';
import { ACCESS_TTL_MS, aSubject, aTokenIssuer } from '../../contract/token-issuer';

const UNLIMITED = Number.MAX_SAFE_INTEGER;

async function someTokens(maxEntries: number, maxBytes: number): Promise<VerifiedTokens> {
  const { keyring } = await aTokenIssuer('HS256');
  return new VerifiedTokens({ maxEntries, maxBytes }, keyring);
}

const claims: AccessClaims = { ...aSubject(), issuedAt: 1, expiresAt: 2, kind: 'person', apiKeyId: '' };

describe('the verified tokens', () => {
  it('are bounded in number, those out of use go first', async () => {
    const tokens = await someTokens(100, 1e9);
    tokens.add('kept', claims, 'kid');
    for (let i = 0; i < 1000; i += 1) {
      tokens.add(`token ${i}`, claims, 'kid');
      expect(tokens.get('kept')?.claims).toBe(claims);
    }
    expect(tokens.stats().size).toBeLessThanOrEqual(100);
    expect(tokens.stats().size).toBeGreaterThanOrEqual(50);
    expect(tokens.get('token 999')?.claims).toBe(claims);
    expect(tokens.get('token 0')).toBeUndefined();
  });

  it('are bounded in bytes', async () => {
    const tokens = await someTokens(1_000_000, 1_000_000);
    for (let i = 0; i < 1000; i += 1) tokens.add(randomBytes(2000).toString('hex'), claims, 'kid');
    expect(tokens.stats().size).toBeLessThanOrEqual(1_000_000 / 4000);
    expect(tokens.stats().size).toBeGreaterThan(100);
  });

  it('are found by their whole text only [C12]', async () => {
    const tokens = await someTokens(100, 1e9);
    tokens.add('header.payload.signature', claims, 'kid');
    for (const text of [
      'header.payload.',
      'header.payload.signatur',
      'header.payload.signature ',
      'Header.payload.signature',
    ]) {
      expect(tokens.get(text)).toBeUndefined();
    }
    expect(tokens.get(['header', 'payload', 'signature'].join('.'))?.claims).toBe(claims);
    expect(tokens.stats()).toEqual({ hits: 1, misses: 4, size: 1 });
  });

  it('with the same end replace each other, and each is found as itself only [C12]', async () => {
    const tokens = await someTokens(100, 1e9);
    const others: AccessClaims = { ...claims, userId: 'another' };
    for (let round = 0; round < 3; round += 1) {
      tokens.add('first.payload.signature', claims, 'kid');
      tokens.add('other.payload.signature', others, 'kid');
      expect(tokens.get('first.payload.signature')).toBeUndefined();
      expect(tokens.get('other.payload.signature')?.claims).toBe(others);
    }
    tokens.delete('first.payload.signature');
    expect(tokens.stats().size).toBe(1);
    tokens.delete('other.payload.signature');
    expect(tokens.get('other.payload.signature')).toBeUndefined();
    expect(tokens.stats().size).toBe(0);
  });

  it('with the same end are distinguished in the old generation too [C12]', async () => {
    const tokens = await someTokens(4, 1e9);
    tokens.add('first.payload.signature', claims, 'kid');
    for (const filler of ['a', 'b']) tokens.add(filler, claims, 'kid');
    expect(tokens.get('other.payload.signature')).toBeUndefined();
    expect(tokens.get('first.payload.signature')?.claims).toBe(claims);
  });

  it('that replace each other are counted in bytes once', async () => {
    const tokens = await someTokens(1_000_000, 10_000);
    tokens.add('kept', claims, 'kid');
    for (let i = 0; i < 1000; i += 1) tokens.add(`${i % 10}.payload.signature`, claims, 'kid');
    expect(tokens.stats().size).toBe(2);
    expect(tokens.get('kept')?.claims).toBe(claims);
  });

  it('make one verification of many that want the same token at once', async () => {
    const { tokens } = await aTokenIssuer('ES256');
    const { token } = tokens.issue(aSubject(), UNLIMITED);
    const claimed = await Promise.all(Array.from({ length: 64 }, async () => tokens.verify(token)));
    expect(new Set(claimed).size).toBe(1);
    expect(tokens.cacheStats()).toEqual({ hits: 63, misses: 1, size: 1 });
  });

  it('do not keep what was refused or has expired', async () => {
    const { tokens, clock } = await aTokenIssuer('HS256');
    const issued = Array.from({ length: 10 }, () => tokens.issue(aSubject(), UNLIMITED).token);
    for (const token of issued.slice(0, 5)) tokens.verify(token);
    clock.advance(ACCESS_TTL_MS + 1);
    for (const token of issued) expect(() => tokens.verify(token)).toThrow('TOKEN_EXPIRED');
    for (const token of issued) expect(() => tokens.verify(`${token}x`)).toThrow('INVALID_TOKEN');
    expect(tokens.cacheStats().size).toBe(0);
  });

  it('of a token that would be too long there are none: it is not issued', async () => {
    const { tokens } = await aTokenIssuer('HS256');
    expect(() => tokens.issue(aSubject(Array(500).fill('administrator')), UNLIMITED)).toThrow('too many roles');
  });
});
