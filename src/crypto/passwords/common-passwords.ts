import type { CommonPasswords } from '../../auth/accounts/common-passwords';
import { comparisonKey } from '../../auth/accounts/names';
import { comparisonKeys } from './common-passwords.json';

/** Leaked passwords of 8 characters or more as comparison keys, each between two spaces. */
export const COMMON_PASSWORDS = ` ${comparisonKeys.join('')}`;

/** Some 18,000 leaked passwords of the list of zxcvbn. */
export const commonPasswords: CommonPasswords = {
  has(password) {
    const key = comparisonKey(password);
    // Faster than what a set costs to build and to keep: some 30 us, beside the 12 ms of a hash.
    return !key.includes(' ') && COMMON_PASSWORDS.includes(` ${key} `);
  },
};
