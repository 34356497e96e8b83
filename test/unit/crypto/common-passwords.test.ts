import { dictionary } from '@zxcvbn-ts/language-common';
import { createCommonPasswords } from '../../../src/crypto/passwords/common-passwords';

describe('the common passwords', () => {
  const common = createCommonPasswords();

  it('hold at least 3,000 that are long enough to be chosen [A6]', () => {
    const chosen = dictionary['passwords-common'].filter((password) => password.length >= 8);
    expect(new Set(chosen).size).toBeGreaterThanOrEqual(3000);
    expect(chosen.every((password) => common.has(password))).toBe(true);
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
    expect(common.has(password)).toBe(true);
  });

  it.each([
    'correct horse battery staple',
    'ahvoo6Ch quaeT7ie',
    '',
    'password\0',
    '__proto__',
    'constructor',
  ])('do not hold %j [A4]', (password) => {
    expect(common.has(password)).toBe(false);
  });
});
