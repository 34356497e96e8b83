import type { CommonPasswords } from '../../auth/accounts/common-passwords';
import { comparisonKey } from '../../auth/accounts/names';

/** No password that is shorter can be chosen: PASSWORD_MIN_LENGTH is never below. */
const SHORTEST = 8;

/** The list of zxcvbn (some 49,000 leaked passwords by frequency), loaded when first asked. */
export function createCommonPasswords(): CommonPasswords {
  let known: ReadonlySet<string> | undefined;
  return {
    has(password) {
      known ??= load();
      return known.has(comparisonKey(password));
    },
  };
}

function load(): ReadonlySet<string> {
  // Loaded here and not at the top: it takes longer than the rest of the start together.
  const { dictionary } = require('@zxcvbn-ts/language-common') as typeof import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].filter((word) => word.length >= SHORTEST).map(comparisonKey));
}
