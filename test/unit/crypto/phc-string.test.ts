import { isOutdated, unmatchableHash } from '../../../src/crypto/passwords/phc-string';

const IN_FORCE = { memoryKib: 19456, time: 2, parallelism: 1 };
const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
const DIGEST = 'A'.repeat(43);

function phc(cost: string, salt = SALT, digest = DIGEST): string {
  return `$argon2id$v=19$${cost}$${salt}$${digest}`;
}

describe('a stored PHC string', () => {
  it('is up to date with the parameters in force and outdated with any other [A9]', () => {
    expect(isOutdated(phc('m=19456,t=2,p=1'), IN_FORCE)).toBe(false);
    for (const cost of ['m=19455,t=2,p=1', 'm=65536,t=2,p=1', 'm=19456,t=1,p=1', 'm=19456,t=2,p=4']) {
      expect(isOutdated(phc(cost), IN_FORCE)).toBe(true);
    }
  });

  it('is outdated when its salt has less than 16 bytes or its hash less than 32 [A8]', () => {
    expect(isOutdated(phc('m=19456,t=2,p=1', 'c2FsdHNhbHRz'), IN_FORCE)).toBe(true);
    expect(isOutdated(phc('m=19456,t=2,p=1', SALT, 'A'.repeat(22)), IN_FORCE)).toBe(true);
  });

  it.each([
    'm=1048577,t=2,p=1',
    'm=4294967295,t=2,p=1',
    'm=19456,t=65,p=1',
    'm=19456,t=2,p=65',
  ])('is refused before hashing when it asks for %s [A9]', (cost) => {
    expect(() => isOutdated(phc(cost), IN_FORCE)).toThrow('more than any hash may cost');
  });

  it('allows what the operator set, however much that is', () => {
    expect(isOutdated(phc('m=2097152,t=2,p=1'), { ...IN_FORCE, memoryKib: 2097152 })).toBe(false);
  });

  it.each([
    '',
    'password',
    '$2b$12$abcdefghijklmnopqrstuv',
    `$argon2i$v=19$m=19456,t=2,p=1$${SALT}$${DIGEST}`,
    `$argon2d$v=19$m=19456,t=2,p=1$${SALT}$${DIGEST}`,
    `$argon2id$v=16$m=19456,t=2,p=1$${SALT}$${DIGEST}`,
    `$argon2id$v=19$m=-1,t=2,p=1$${SALT}$${DIGEST}`,
    `${phc('m=19456,t=2,p=1')}\n`,
    phc('m=19456,t=2,p=1', ''),
    phc('m=19456,t=2,p=1', SALT, ''),
  ])('is refused when it is %j [A8]', (text) => {
    expect(() => isOutdated(text, IN_FORCE)).toThrow('not an argon2id PHC string');
  });
});

describe('the dummy hash', () => {
  it('has the parameters in force, and is another one each time [B2]', () => {
    const [one, two] = [unmatchableHash(IN_FORCE), unmatchableHash(IN_FORCE)];
    expect(isOutdated(one, IN_FORCE)).toBe(false);
    expect(one).not.toBe(two);
  });
});
