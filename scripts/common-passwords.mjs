// Writes src/crypto/passwords/common-passwords.json from the list of zxcvbn, whose package takes 20 ms to load and
// 20 MB to keep:
//
// node scripts/build.mjs && node scripts/common-passwords.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { dictionary } = require('@zxcvbn-ts/language-common');
const { version } = require('@zxcvbn-ts/language-common/package.json');
const { comparisonKey } = require('../dist/auth/accounts/names.js');

/** No password that is shorter can be chosen: PASSWORD_MIN_LENGTH is never below. */
const SHORTEST = 8;
const MAX_COLUMNS = 112;

const chosen = dictionary['passwords-common'].filter((password) => password.length >= SHORTEST).map(comparisonKey);
const lines = [''];
for (const password of [...new Set(chosen)].sort()) {
  // They stand between two spaces.
  if (password.includes(' ')) throw new Error(`Cannot be written as it is: ${JSON.stringify(password)}`);
  if (lines.at(-1).length + password.length > MAX_COLUMNS) lines.push('');
  lines[lines.length - 1] += `${password} `;
}

const list = {
  generated: `by scripts/common-passwords.mjs from @zxcvbn-ts/language-common ${version}; not to be edited`,
  license: 'MIT; Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc., Copyright (c) 2021 @zxcvbn-ts',
  comparisonKeys: lines,
};
writeFileSync(
  new URL('../src/crypto/passwords/common-passwords.json', import.meta.url),
  `${JSON.stringify(list, undefined, 2)}\n`,
);
