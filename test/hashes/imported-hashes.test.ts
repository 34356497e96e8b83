import { createHash, createSecretKey, pbkdf2Sync } from 'node:crypto';
import { systemClock } from '../../src/auth/clock';
import type { ImportHints } from '../../src/auth/import/imported-hashes';
import { toPortableHash } from '../../src/crypto/passwords/imported/portable-hash';
import { StoredRecipes } from '../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../src/crypto/passwords/imported-hashes';
import { useImportedHashes } from '../support/crypto/imported-hashes';
import { VECTORS } from '../support/crypto/imported-vectors';
import { testCall } from '../support/domain/call';

const { hasher, imported } = useImportedHashes();

async function accept(text: string, hints?: ImportHints): Promise<string> {
  const accepted = await imported.accept(text, hints);
  if ('refused' in accepted) throw new Error(`${accepted.refused}: ${text}`);
  return accepted.hash;
}

async function verify(stored: string, password: string): Promise<boolean> {
  const { matches, outdated } = await hasher.reserve(testCall()).verify(stored, password);
  if (!outdated) throw new Error('An imported hash is to be renewed');
  return matches;
}

describe('Imported hashes', () => {
  it.each(VECTORS)('verify $format of $library: $password', async ({ password, hash, hints }) => {
    const stored = await accept(hash, hints);
    expect(await verify(stored, password)).toBe(true);
    expect(await verify(stored, `x${password}`)).toBe(false);
  });

  it.each(
    VECTORS.filter(({ format }) => /^(argon2|bcrypt \$2b)/.test(format)),
  )('of $format are exported as a text that is read again: $password', async ({ password, hash }) => {
    const text = toPortableHash(await accept(hash));
    expect(text).toMatch(/^\$(argon2|2b)/);
    expect(await verify(await accept(text), password)).toBe(true);
  });

  it.each(VECTORS)('of $format are taken again as they are stored: $password', async (vector) => {
    const stored = await imported.accept(vector.hash, vector.hints);
    const [text, cost] = 'refused' in stored ? ['', ''] : [stored.hash, stored.cost];
    const again = await imported.accept(toPortableHash(text));
    expect(again).toMatchObject({ cost });
    if ('refused' in again) throw new Error(again.refused);
    expect(again.hash.split('$')[1]).toBe(text.split('$')[1]);
    expect(await verify(again.hash, vector.password)).toBe(true);
    expect(await verify(again.hash, `x${vector.password}`)).toBe(false);
  });

  it('that were sealed under a secret key that is gone are not taken again', async () => {
    const hash = '$2a$04$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2';
    const elsewhere = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 9)) });
    const theirs = createImportedHashes({ hasher, recipes: elsewhere, clock: systemClock });
    const sealed = await theirs.accept(hash, { pepper: 'the pepper' });
    const text = 'refused' in sealed ? '' : sealed.hash;
    expect(text).toMatch(/^\$imported-sealed\$/);
    expect(await imported.accept(text)).toEqual({ refused: 'HASH_UNKNOWN' });
  });

  it('that were written by hand are refused where no export writes such a record', async () => {
    const write = (recipe: unknown) => `$imported$v=1$${Buffer.from(JSON.stringify(recipe)).toString('base64url')}`;
    const derive = { kind: 'pbkdf2', digest: 'sha256', rounds: 2000, salt: 'c2FsdA==' };
    const [expected, wrapped] = [
      'aGFzaGhhc2hoYXNoaGFzaA==',
      `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`,
    ];
    expect(await imported.accept(write({ derive, expected }))).toMatchObject({
      cost: 'pbkdf2-sha256:0000000000002000',
    });
    const digest = { kind: 'digest', digest: 'md5', order: 'none', salt: '' };
    expect(await imported.accept(write({ derive: digest, wrapped }))).toMatchObject({
      cost: 'argon2-m3-p1:0000000000000008',
    });
    for (const recipe of [
      null,
      [],
      { derive },
      { derive, expected, wrapped },
      { derive, expected: 'a' },
      { derive: { ...derive, digest: 'whirlpool' }, expected },
      { derive: { ...derive, rounds: -1 }, expected },
      { derive: { ...derive, rounds: '2000' }, expected },
      { derive: { ...derive, kind: 'constructor' }, expected },
      { derive: { ...derive, more: 1 }, expected },
      { derive: { ...derive, rounds: 10 }, expected },
      { derive: digest, expected },
      { derive: digest, wrapped: '$2b$04$x' },
      { derive, expected, prepare: ['eval'] },
      { derive, expected, prepare: ['trim', 'trim', 'trim', 'trim', 'trim'] },
      { derive: { kind: 'bcrypt', cost: 10, salt: 'short' }, expected },
      { derive: { kind: 'scrypt', N: 16383, r: 8, p: 1, salt: 'c2FsdA==' }, expected },
    ]) {
      expect([recipe, await imported.accept(write(recipe))]).toEqual([recipe, { refused: 'HASH_UNKNOWN' }]);
    }
    for (const recipe of [
      { derive: { ...derive, rounds: 10_000_001 }, expected },
      { derive: { kind: 'bcrypt', cost: 16, salt: 'a'.repeat(22) }, expected },
      { derive: digest, wrapped: wrapped.replace('m=8', 'm=262145') },
    ]) {
      expect([recipe, await imported.accept(write(recipe))]).toEqual([recipe, { refused: 'HASH_TOO_COSTLY' }]);
    }
    for (const text of ['$imported$v=1$', '$imported$v=1$e30', '$imported$v=1$%', '$imported-sealed$v=1$AAAA']) {
      expect(await imported.accept(text)).toEqual({ refused: 'HASH_UNKNOWN' });
    }
  });

  it('that only Postern can read are exported as they are stored', async () => {
    const digest = createHash('sha1').update('password one').digest('base64');
    for (const hash of [
      `{SHA}${digest}`,
      'bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2',
    ]) {
      const stored = await accept(hash);
      expect(toPortableHash(stored)).toBe(stored);
    }
    expect(toPortableHash('$argon2id$v=19$m=8,t=1,p=1$x$y')).toBe('$argon2id$v=19$m=8,t=1,p=1$x$y');
  });

  it('of a fast digest never lie in the store as they came', async () => {
    const digest = createHash('md5').update('password one').digest();
    const stored = await accept(`{MD5}${digest.toString('base64')}`);
    const text = Buffer.from(stored.split('$').at(-1) ?? '', 'base64url').toString();
    expect(text).toContain('$argon2id$');
    expect(text).not.toContain(digest.toString('base64'));
    expect(await verify(stored, 'password one')).toBe(true);
  });

  it('with a pepper are sealed, and nothing without the secret key', async () => {
    const hash = '$2a$04$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2';
    const stored = await accept(hash, { pepper: 'the pepper' });
    expect(stored).toMatch(/^\$imported-sealed\$/);
    expect(Buffer.from(stored.split('$').at(-1) ?? '', 'base64url').toString('latin1')).not.toContain('pepper');
    const other = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 2)) });
    expect(other.read(stored)).toBeUndefined();
    const rotated = new StoredRecipes({
      current: createSecretKey(Buffer.alloc(32, 2)),
      previous: createSecretKey(Buffer.alloc(32, 1)),
    });
    expect(rotated.read(stored)).toBeDefined();
  });

  it('of a password in NFD verify as it was typed', async () => {
    const typed = 'e\u0301te\u0301-2024';
    const stored = await accept(`{SHA}${createHash('sha1').update(typed).digest('base64')}`);
    expect(await verify(stored, typed)).toBe(true);
  });

  it('of Keycloak, Okta, Kratos and ASP.NET Identity verify, as their layouts are documented', async () => {
    const salt = Buffer.from('0123456789abcdef');
    const derive = (digest: string, rounds: number, length: number) =>
      pbkdf2Sync('password one', salt, rounds, length, digest);
    const v3 = Buffer.alloc(13);
    v3[0] = 1;
    v3.writeUInt32BE(2, 1);
    v3.writeUInt32BE(2000, 5);
    v3.writeUInt32BE(16, 9);
    const texts = [
      JSON.stringify({
        credentialData: { hashIterations: 2000, algorithm: 'pbkdf2-sha512' },
        secretData: JSON.stringify({
          value: derive('sha512', 2000, 64).toString('base64'),
          salt: salt.toString('base64'),
        }),
      }),
      JSON.stringify({
        algorithm: 'PBKDF2',
        digestAlgorithm: 'SHA256_HMAC',
        iterationCount: 2000,
        salt: salt.toString('base64'),
        value: derive('sha256', 2000, 32).toString('base64'),
      }),
      `$pbkdf2-sha384$i=2000,l=32$${salt.toString('base64')}$${derive('sha3-384', 2000, 32).toString('base64')}`,
      Buffer.concat([Buffer.alloc(1), salt, derive('sha1', 1000, 32)]).toString('base64'),
      Buffer.concat([v3, salt, derive('sha512', 2000, 32)]).toString('base64'),
    ];
    for (const text of texts) {
      const stored = await accept(text);
      expect(await verify(stored, 'password one')).toBe(true);
      expect(await verify(stored, 'password two')).toBe(false);
    }
  });

  it.each([
    '{noop}pass}',
    '{noop}{"a":1}',
    '{noop} spaces around ',
  ])('that are the password itself: %s', async (text) => {
    expect(await verify(await accept(text), text.slice('{noop}'.length))).toBe(true);
  });

  it('that are over the bounds are refused in under 100 ms, and those at them are taken', async () => {
    const bcrypt = 'abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2';
    const tail = `c29tZXNhbHRzb21lc2FsdA$${'A'.repeat(43)}`;
    const twoBlocks = `l=63$c2FsdA$${'QUJD'.repeat(21)}`;
    const pairs = [
      [`$2b$15$${bcrypt}`, `$2b$16$${bcrypt}`],
      [`$argon2id$v=19$m=262144,t=10,p=16$${tail}`, `$argon2id$v=19$m=262145,t=1,p=1$${tail}`],
      [`$argon2id$v=19$m=1024,p=16,t=10$${tail}`, `$argon2id$v=19$m=1024,t=11,p=1$${tail}`],
      [`$argon2i$v=19$m=1024,t=10,p=16$${tail}`, `$argon2id$v=19$m=1024,t=1,p=17$${tail}`],
      [`$scrypt$ln=18,r=8,p=16$${tail}`, `$scrypt$ln=19,r=8,p=1$${tail}`],
      [`$scrypt$ln=16384,r=8,p=1$${tail}`, `$scrypt$ln=14,r=8,p=17$${tail}`],
      [`$pbkdf2-sha256$10000000$${tail}`, `$pbkdf2-sha256$10000001$${tail}`],
      // A hash of two blocks, which are derived one after the other.
      [`$pbkdf2-sha256$i=5000000,${twoBlocks}`, `$pbkdf2-sha256$i=5000001,${twoBlocks}`],
      [`$5$rounds=10000000$salt$${'a'.repeat(43)}`, `$5$rounds=10000001$salt$${'a'.repeat(43)}`],
      [`$P$Msaltsalt${'a'.repeat(22)}`, `$P$Nsaltsalt${'a'.repeat(22)}`],
    ] as const;
    for (const [within, over] of pairs) {
      const startedAt = performance.now();
      expect([over, await imported.accept(over)]).toEqual([over, { refused: 'HASH_TOO_COSTLY' }]);
      expect(performance.now() - startedAt).toBeLessThan(100);
      expect([within, await imported.accept(within)]).toEqual([
        within,
        { hash: expect.any(String), cost: expect.any(String) },
      ]);
    }
  });

  it.each([
    '',
    'password',
    '$y$j9T$salt$hash',
    '$2b$04$short',
    '{SSHA}AAAA',
    '{"algorithm":"x"}',
    '$argon2id$v=19$m=1',
  ])('that are none are refused: %s', async (text) => {
    expect(await imported.accept(text)).toEqual({ refused: 'HASH_UNKNOWN' });
  });

  it('of Django that are unusable leave an account without a password', async () => {
    expect(await imported.accept(`!${'a'.repeat(40)}`)).toEqual({ hash: '' });
  });
});
