import { createHash, createHmac, pbkdf2Sync, scryptSync } from 'node:crypto';
import type { ImportHints } from '../../src/auth/import/imported-hashes';
import { useImportedHashes } from '../support/crypto/imported-hashes';
import { type ImportedVector, VECTORS } from '../support/crypto/imported-vectors';
import { testCall } from '../support/domain/call';

const { hasher, imported } = useImportedHashes();

/** Whether an account with this hash lets the password in. */
async function letsIn(hash: string, password: string, hints?: ImportHints): Promise<boolean> {
  const accepted = await imported.accept(hash, hints);
  if ('refused' in accepted) throw new Error(`${accepted.refused}: ${hash}`);
  return (await hasher.reserve(testCall()).verify(accepted.hash, password)).matches;
}

function findVector(format: string, matches: (password: string) => boolean = () => true): ImportedVector {
  const found = VECTORS.find((vector) => vector.format === format && matches(vector.password));
  if (found === undefined) throw new Error(`No vector of ${format}`);
  return found;
}

const SALT = Buffer.from('0123456789abcdef');
const SALT_64 = SALT.toString('base64').replace(/=+$/, '');
const toText = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const LONG = `long ${'0123456789'.repeat(8)} tail`;

describe('An imported hash of a password over 72 bytes', () => {
  /** Plain bcrypt, under any name. With a pepper behind the password not even the pepper counts. */
  const CUT = ['bcrypt $2a$', 'bcrypt $2b$', 'Django bcrypt', 'bcryptjs', 'Laravel', 'Devise with a pepper'];
  const long = VECTORS.filter(({ password }) => password === LONG);

  it.each(long)('of $format of $library counts as many bytes as there', async ({ format, hash, hints }) => {
    const otherTail = `${LONG.slice(0, 72)} another tail`;
    expect([format, await letsIn(hash, otherTail, hints)]).toEqual([format, CUT.includes(format)]);
    expect(await letsIn(hash, LONG.slice(0, 71), hints)).toBe(false);
  });

  it('comes from every library but the one that refuses it', () => {
    const formats = new Set(
      VECTORS.map(({ format }) => format).filter((format) => !/own tests|space around/.test(format)),
    );
    const without = [...formats].filter((format) => !long.some((each) => each.format === format));
    expect(without).toEqual(['Spring {bcrypt}']);
  });
});

describe('An imported hash', () => {
  it('of $pbkdf2-sha256$ is read in all three dialects', async () => {
    for (const format of ['passlib pbkdf2_sha256', 'Kratos pbkdf2 sha256', '@phc/pbkdf2 SHA-256']) {
      const { hash, password } = findVector(format);
      expect(hash.startsWith('$pbkdf2-sha256$')).toBe(true);
      expect([hash, await letsIn(hash, password)]).toEqual([hash, true]);
    }
    const dialects = ['passlib pbkdf2_sha256', 'Kratos pbkdf2 sha256', '@phc/pbkdf2 SHA-256'].map(
      (format) => findVector(format).hash.split('$')[2],
    );
    expect(dialects).toEqual(['2000', expect.stringMatching(/^i=\d+,l=32$/), 'i=2000']);
  });

  it('of $scrypt$ln= is read with ln as log2 N and as N itself', async () => {
    const key = toText(scryptSync('password one', SALT, 32, { N: 1024, r: 8, p: 1 }));
    for (const ln of ['ln=10', 'ln=1024', 'n=10', 'n=1024']) {
      const hash = `$scrypt$${ln},r=8,p=1$${SALT_64}$${key}`;
      expect([hash, await letsIn(hash, 'password one')]).toEqual([hash, true]);
      expect(await letsIn(hash, 'password two')).toBe(false);
    }
  });

  it('of npm argon2, which writes its parameters as m, p, t, is read by their names', async () => {
    const { hash, password } = findVector('npm argon2');
    expect(hash).toMatch(/\$m=\d+,p=\d+,t=\d+\$/);
    expect(await letsIn(hash, password)).toBe(true);
  });

  it('that Kratos calls sha384 and sha224 is of SHA-3', async () => {
    for (const [name, digest] of [
      ['sha384', 'sha3-384'],
      ['sha224', 'sha3-224'],
    ] as const) {
      const make = (real: string) => toText(pbkdf2Sync('password one', SALT, 2000, 32, real));
      const write = (real: string) => `$pbkdf2-${name}$i=2000,l=32$${SALT_64}$${make(real)}`;
      expect(await letsIn(write(digest), 'password one')).toBe(true);
      expect(await letsIn(write(name), 'password one')).toBe(false);
    }
  });

  it.each(['better-auth', 'Lucia 3', 'Lucia 2'])('of %s is of the NFKC form, and its salt is text', async (format) => {
    const { hash, password } = findVector(format, (text) => text !== text.normalize('NFKC'));
    expect(await letsIn(hash, password)).toBe(true);
    expect(await letsIn(hash, password.normalize('NFKC'))).toBe(true);
    expect(await letsIn(hash, `${password}x`)).toBe(false);
  });

  it('of Lucia 1 has half the block size of its successors', async () => {
    const key = (r: number) =>
      scryptSync('password one', 'bncrx03jlk1j5xdn', 64, { N: 16384, r, p: 1, maxmem: 2 ** 26 }).toString('hex');
    expect(await letsIn(`bncrx03jlk1j5xdn:${key(8)}`, 'password one')).toBe(true);
    expect(await letsIn(`bncrx03jlk1j5xdn:${key(16)}`, 'password one')).toBe(false);
    expect(await letsIn(`s2:bncrx03jlk1j5xdn:${key(16)}`, 'password one')).toBe(true);
  });

  it.each([
    'WordPress 6.8, space around it',
    'WordPress before 6.8, space around it',
  ])('of %s lets the password in with that space and without', async (format) => {
    const { hash, password } = findVector(format);
    expect(password.trim()).not.toBe(password);
    for (const typed of [password, password.trim(), `${password} `]) {
      expect([typed, await letsIn(hash, typed)]).toEqual([typed, true]);
    }
    expect(await letsIn(hash, password.trim().slice(1))).toBe(false);
  });

  it('of a library that does not trim takes the space around a password for a part of it', async () => {
    for (const format of ['bcryptjs', 'argon2id', 'Django pbkdf2_sha1', 'passlib sha256_crypt']) {
      const { hash, password } = findVector(format);
      expect([format, await letsIn(hash, ` ${password} `)]).toEqual([format, false]);
    }
    // phpass itself keeps the space, so it is tried with it first.
    const spaced = '$P$6saltsalt';
    expect(await letsIn(`${spaced}${phpass(' password one ', 'saltsalt')}`, ' password one ')).toBe(true);
  });

  it('of Drupal 7 is cut to 55 characters, and not taken when it is cut once more', async () => {
    const { hash, password } = findVector('Drupal 7');
    expect(hash).toHaveLength(55);
    expect(await letsIn(hash, password)).toBe(true);
    expect(await imported.accept(hash.slice(0, 54))).toEqual({ refused: 'HASH_UNKNOWN' });
  });

  it.each([
    'Flask-Bcrypt long',
    'Devise with a pepper',
    'Flask-Security with its salt',
  ])('of %s looks like a plain one, and lets no user in without its hint', async (format) => {
    const { hash, password, hints } = findVector(format);
    expect(await letsIn(hash, password)).toBe(false);
    expect(await letsIn(hash, password, hints)).toBe(true);
  });

  it('of yescrypt, which no maintained library verifies, is refused', async () => {
    // crypt(3) of libxcrypt 4.4.33 over "correct horse battery".
    const hash = '$y$j9T$abcdefghijklmnop$F7kfVk.oOhV81K9PnQ5GcZ31QaSOFBtNI3Y3euDcm9C';
    expect(await imported.accept(hash)).toEqual({ refused: 'HASH_UNKNOWN' });
  });

  it('of so few rounds that it is wrapped still has a key of its own length', async () => {
    for (const length of [16, 32, 64]) {
      const hash = `$pbkdf2-sha512$i=500$${SALT_64}$${toText(pbkdf2Sync('password one', SALT, 500, length, 'sha512'))}`;
      expect([length, await letsIn(hash, 'password one')]).toEqual([length, true]);
      expect([length, await letsIn(hash, 'password two')]).toEqual([length, false]);
    }
  });

  it.each([
    ['md5', 'hex'],
    ['sha1', 'base64'],
    ['sha256', 'hex'],
    ['sha512', 'base64'],
  ] as const)('of %s with a salt is read in its usual orders', async (algorithm, encoding) => {
    const [password, salt] = [Buffer.from('password one'), SALT];
    const digest = (...parts: Buffer[]) => createHash(algorithm).update(Buffer.concat(parts)).digest(encoding);
    const own = { algorithm, encoding };
    const salted = { ...own, salt: salt.toString(encoding) };
    const auth0Salt = { value: salt.toString('hex'), encoding: 'hex' };
    const texts = [
      { ...own, value: digest(password) },
      { ...salted, saltOrder: 'PREFIX', value: digest(salt, password) },
      { ...salted, saltOrder: 'POSTFIX', value: digest(password, salt) },
      { algorithm, hash: { value: digest(salt, password), encoding }, salt: { ...auth0Salt, position: 'prefix' } },
      { algorithm, hash: { value: digest(password, salt), encoding }, salt: { ...auth0Salt, position: 'suffix' } },
      {
        algorithm: 'hmac',
        hash: {
          value: createHmac(algorithm, salt).update(password).digest(encoding),
          encoding,
          digest: algorithm,
          key: auth0Salt,
        },
      },
    ];
    for (const text of texts) {
      expect([text, await letsIn(JSON.stringify(text), 'password one')]).toEqual([text, true]);
      expect([text, await letsIn(JSON.stringify(text), 'password two')]).toEqual([text, false]);
    }
  });
});

/** 2^8 rounds of MD5, as Openwall's PasswordHash does them. */
function phpass(password: string, salt: string): string {
  const md5 = (...parts: (string | Buffer)[]) =>
    createHash('md5')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest();
  let digest = md5(salt, password);
  for (let n = 0; n < 2 ** 8; n += 1) digest = md5(digest, password);
  const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let text = '';
  for (let at = 0; at < 16; at += 3) {
    const group = digest.subarray(at, at + 3);
    const bits = group.reduce((sum, byte, n) => sum + byte * 2 ** (8 * n), 0);
    for (let n = 0; n <= group.length; n += 1) text += alphabet[Math.floor(bits / 64 ** n) % 64];
  }
  return text;
}
