import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { createApiKeyTexts } from '../../../src/crypto/api-keys/api-key-texts';
import { base62, parseBase62 } from '../../../src/crypto/api-keys/base62';

const texts = createApiKeyTexts();
const ID = '01a21fbb-e0bc-87f9-a4cb-82f1accafb84';

describe('the text of an API key', () => {
  test('has an id, a secret of 256 bits and a checksum that needs no secret', () => {
    const { text, secretHash } = texts.mint(ID);
    expect(text).toMatch(/^pstn_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/);
    const [, , secret = ''] = /^pstn_(.{22})_(.{43}).{6}$/.exec(text) ?? [];
    expect(secretHash).toBe(createHash('sha256').update(secret).digest('base64url'));
    expect(text.slice(-6)).toBe(base62(BigInt(crc32(text.slice(0, -6))), 6));
    expect(text.startsWith(`${texts.prefix(ID)}_`)).toBe(true);
    expect(texts.read(text)).toEqual({ text, id: ID, secretHash });
  });

  test('is another one every time', () => {
    const minted = Array.from({ length: 100 }, () => texts.mint(ID).text);
    expect(new Set(minted).size).toBe(100);
  });

  test('is base62 with the most significant digit first, padded with zeros', () => {
    expect([base62(0n, 2), base62(61n, 2), base62(62n, 2), base62(3843n, 1)]).toEqual(['00', '0z', '10', 'zz']);
    const uuid = texts.prefix('00000000-0000-8000-8000-000000000001');
    expect(uuid).toBe(`pstn_${base62(0x80008000000000000001n, 22)}`);
    expect(parseBase62('z-')).toBeUndefined();
  });

  test('round-trips every id', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(texts.read(texts.mint(id).text)?.id).toBe(id);
      }),
    );
  });

  test('is not read when one character is another one', () => {
    const { text } = texts.mint(ID);
    const at = fc.integer({ min: 0, max: text.length - 1 });
    fc.assert(
      fc.property(at, fc.constantFrom(...'0aZ_- é\0'), (i, other) => {
        fc.pre(text[i] !== other);
        expect(texts.read(text.slice(0, i) + other + text.slice(i + 1))).toBeUndefined();
      }),
    );
  });

  test.each([
    ['nothing', () => ''],
    ['the beginning alone', () => 'pstn_'],
    ['one character less', (text: string) => text.slice(0, -1)],
    ['one character more', (text: string) => `${text}0`],
    ['another beginning', (text: string) => `pstv_${text.slice(5)}`],
    ['surrounding space', (text: string) => ` ${text.slice(1)}`],
    ['a line break at the end', (text: string) => `${text.slice(0, -1)}\n`],
    ['an id of more than 128 bits', () => withChecksum(`pstn_${'z'.repeat(22)}_${'0'.repeat(43)}`)],
  ])('is not read with %s', (_, change) => {
    expect(texts.read(change(texts.mint(ID).text))).toBeUndefined();
  });

  test('compares digests', () => {
    expect(texts.isSameHash('abc', 'abc')).toBe(true);
    expect(texts.isSameHash('abc', 'abd')).toBe(false);
    expect(texts.isSameHash('abc', 'abcd')).toBe(false);
  });
});

function withChecksum(body: string): string {
  return body + base62(BigInt(crc32(body)), 6);
}
