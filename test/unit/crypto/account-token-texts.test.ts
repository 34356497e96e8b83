import { createHash, createSecretKey } from 'node:crypto';
import { createAccountTokenTexts } from '../../../src/crypto/account-tokens/account-token-texts';

const secretKey = (text: string) => ({ current: createSecretKey(text, 'utf8') });
const texts = createAccountTokenTexts(secretKey('a secret for tests, not for anything else'));

test('Account tokens have 256 bits, and their hash is SHA-256 of the text [I1]', () => {
  for (const { text, tokenHash } of [texts.mint(), texts.derive('a mail')]) {
    expect(text).toMatch(/^pstv_[\w-]{43}$/);
    expect(Buffer.from(text.slice(5), 'base64url')).toHaveLength(32);
    expect(tokenHash).toBe(createHash('sha256').update(text).digest('base64url'));
    expect(texts.hash(text)).toBe(tokenHash);
  }
  expect(new Set(Array.from({ length: 100 }, () => texts.mint().text)).size).toBe(100);
});

test('The token of a mail is always the same, and another under another SECRET_KEY [I1]', () => {
  const others = createAccountTokenTexts(secretKey('another secret for tests, not for anything else'));
  expect(texts.derive('a mail')).toEqual(texts.derive('a mail'));
  const tokens = [texts.derive('a mail'), texts.derive('another mail'), others.derive('a mail')];
  expect(new Set(tokens.map(({ text }) => text)).size).toBe(3);
});

test.each([
  '',
  'pstv_',
  `pstv_${'x'.repeat(42)}`,
  `pstv_${'x'.repeat(44)}`,
  ` pstv_${'x'.repeat(43)}`,
])('A text of another shape has no hash: %j', (text) => {
  expect(texts.hash(text)).toBeUndefined();
  expect(texts.hash(`PSTV_${'x'.repeat(43)}`)).toBeUndefined();
  expect(texts.hash(`pstv_${'x'.repeat(43)}\n`)).toBeUndefined();
});
