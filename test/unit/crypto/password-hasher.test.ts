import { verifySync } from '@node-rs/argon2';
import { systemClock } from '../../../src/auth/clock';
import { nicenessBeside } from '../../../src/crypto/passwords/hash-threads';
import { createPasswordHasher } from '../../../src/crypto/passwords/password-hasher';
import { testCall } from '../../support/domain/call';
import { niceValues } from '../../support/processes/nice-values';

const OPTIONS = { memoryKib: 1024, time: 2, parallelism: 1, concurrency: 2, queue: 64, eventLoops: 1 };

describe('the password hasher', () => {
  const hasher = createPasswordHasher(OPTIONS, systemClock);
  afterAll(() => hasher.close());

  it('makes argon2id hashes with the parameters in force and 16 random bytes of salt [A8]', async () => {
    const [one, two] = await Promise.all([
      hasher.hash('a password', testCall()),
      hasher.hash('a password', testCall()),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=1024,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(verifySync(one, 'a password')).toBe(true);
  });

  it('matches the password and no other', async () => {
    const hash = await hasher.hash('correct horse', testCall());
    expect(await hasher.reserve(testCall()).verify(hash, 'correct horse')).toMatchObject({
      matches: true,
      outdated: false,
    });
    expect(await hasher.reserve(testCall()).verify(hash, 'Correct horse')).toMatchObject({
      matches: false,
      outdated: false,
    });
  });

  it('truncates nothing [A3]', async () => {
    const long = 'x'.repeat(127);
    const hash = await hasher.hash(`${long}a`, testCall());
    expect((await hasher.reserve(testCall()).verify(hash, `${long}b`)).matches).toBe(false);
    expect((await hasher.reserve(testCall()).verify(hash, `${long}a`)).matches).toBe(true);
  });

  it('treats a letter and its composed form as equal [A5]', async () => {
    const hash = await hasher.hash('caf\u00e9 au lait', testCall());
    expect((await hasher.reserve(testCall()).verify(hash, 'cafe\u0301 au lait')).matches).toBe(true);
    const decomposed = await hasher.hash('cafe\u0301 au lait', testCall());
    expect((await hasher.reserve(testCall()).verify(decomposed, 'caf\u00e9 au lait')).matches).toBe(true);
  });

  it('says that a hash of other parameters is outdated, and matches it all the same [A9]', async () => {
    const older = createPasswordHasher({ ...OPTIONS, memoryKib: 512 }, systemClock);
    const hash = await older.hash('a password', testCall());
    await older.close();
    expect(await hasher.reserve(testCall()).verify(hash, 'a password')).toMatchObject({
      matches: true,
      outdated: true,
    });
  });

  it('runs a hash for an unknown user too, and never matches [B2]', async () => {
    const answers = Promise.all([1, 2, 3].map(() => hasher.reserve(testCall()).verify(undefined, 'a password')));
    expect(hasher.stats()).toMatchObject({ running: 2, queued: 1 });
    expect(await answers).toMatchObject(Array(3).fill({ matches: false, outdated: false }));
  });

  it('fails on a stored hash that is broken or would cost too much, without hashing [A9]', async () => {
    const greedy =
      '$argon2id$v=19$m=4000000,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
    const verifying = hasher.reserve(testCall()).verify(greedy, 'a password');
    expect(hasher.stats().running).toBe(0);
    await expect(verifying).rejects.toThrow('more than any hash may cost');
    await expect(hasher.reserve(testCall()).verify('nonsense', 'a password')).rejects.toThrow(
      'not an argon2id PHC string',
    );
  });

  it('verifies many at once, each its own', async () => {
    const hash = await hasher.hash('the right password', testCall());
    const isRight = Array.from({ length: 60 }, (_, i) => i % 3 === 0 || i % 7 === 0);
    const answers = isRight.map((right) =>
      hasher.reserve(testCall()).verify(hash, right ? 'the right password' : 'a wrong one'),
    );
    expect((await Promise.all(answers)).map(({ matches }) => matches)).toEqual(isRight);
  });

  it('hashes many at once, each its own', async () => {
    const passwords = Array.from({ length: 40 }, (_, i) => `password number ${i}`);
    const hashes = await Promise.all(passwords.map((password) => hasher.hash(password, testCall())));
    expect(passwords.every((password, i) => verifySync(hashes[i] ?? '', password))).toBe(true);
  });
});

it('A password hasher hashes at the priority that is left beside the event loops [E9]', async () => {
  for (const eventLoops of [1, 1000]) {
    const hasher = createPasswordHasher({ ...OPTIONS, eventLoops }, systemClock);
    await hasher.hash('a password', testCall());
    if (process.platform === 'linux') expect(niceValues()).toContain(nicenessBeside(eventLoops));
    await hasher.close();
  }
});

it('refuses hashes after it was closed', async () => {
  const hasher = createPasswordHasher(OPTIONS, systemClock);
  await hasher.hash('a password', testCall());
  await hasher.close();
  await expect(hasher.hash('a password', testCall())).rejects.toMatchObject({ reason: 'OVERLOADED' });
});
