import { parseHash } from '../../../src/crypto/passwords/imported/parse-hash';
import { VECTORS } from '../../support/crypto/imported-vectors';

const LEAST_BYTES = 16;
const countBytes = (base64 = '') => Buffer.from(base64, 'base64').length;

/** What is left of a password in the clear is a password, whole or not. */
const HASHES = VECTORS.filter(({ format }) => format !== 'Spring {noop}');

test('A hash that was cut off is no hash, or keeps so much of its digest that no other password fits', () => {
  for (const { format, hash, hints = {} } of HASHES) {
    for (let length = 1; length < hash.length; length += 1) {
      const recipe = parseHash(hash.slice(0, length), hints);
      if (typeof recipe === 'string' || recipe.derive.kind === 'bcrypt') continue;
      const bytes = countBytes(recipe.expected);
      expect([format, length, bytes >= LEAST_BYTES]).toEqual([format, length, true]);
    }
  }
});

test.each([
  ['Django pbkdf2_sha256', 1],
  ['Django pbkdf2_sha1', 1],
  ['Django scrypt', 1],
  ['werkzeug pbkdf2', 2],
  ['werkzeug scrypt', 2],
  ['passlib pbkdf2_sha256', 1],
  ['passlib pbkdf2_sha512', 1],
  ['Kratos pbkdf2 sha256', 1],
])('A hash of %s whose last characters are missing is no hash', (wanted, characters) => {
  const { hash = '' } = HASHES.find(({ format }) => format === wanted) ?? {};
  expect(parseHash(hash, {})).toMatchObject({ expected: expect.any(String) });
  expect(parseHash(hash.replace(/=*$/, '').slice(0, -characters), {})).toBe('HASH_UNKNOWN');
});
