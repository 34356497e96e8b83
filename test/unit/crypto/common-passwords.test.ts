import { dictionary } from '@zxcvbn-ts/language-common';
import { COMMON_PASSWORDS, commonPasswords } from '../../../src/crypto/passwords/common-passwords';

describe('the common passwords', () => {
  it('hold at least 3,000 that are long enough to be chosen, all of the package [A6]', () => {
    const chosen = dictionary['passwords-common'].filter((password) => password.length >= 8);
    expect(new Set(chosen).size).toBeGreaterThanOrEqual(3000);
    expect(chosen.filter((password) => !commonPasswords.has(password))).toEqual([]);
  });

  it.each([
    'password',
    '12345678',
    'Password1',
    'PASSWORD123',
    'iloveyou',
    'qwertyuiop',
    '\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44',
  ])('hold %s [A6]', (password) => {
    expect(commonPasswords.has(password)).toBe(true);
  });

  it.each([
    'correct horse battery staple',
    'ahvoo6Ch quaeT7ie',
    '',
    'password\0',
    // Two that stand side by side in the list.
    COMMON_PASSWORDS.split(' ')
      .slice(1, 3)
      .join(' '),
    'passwor',
    ' password ',
    '__proto__',
    'constructor',
  ])('do not hold %j [A4]', (password) => {
    expect(commonPasswords.has(password)).toBe(false);
  });
});
