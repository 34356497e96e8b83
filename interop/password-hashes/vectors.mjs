// Prints one JSON line per vector, as vectors.py does. Run by make-vectors.sh.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.cwd()}/x.js`));
const version = (name) => JSON.parse(require('node:fs').readFileSync(`node_modules/${name}/package.json`)).version;
const { hashPassword } = await import(pathToFileURL(`${process.cwd()}/node_modules/better-auth/dist/crypto/index.mjs`));
const bcryptjs = require('bcryptjs');
const argon2 = require('argon2');
const { FirebaseScrypt } = require('firebase-scrypt');

const passwords = ['correct horse battery', 'pässwörd-Ωmega-日本', `long ${'0123456789'.repeat(8)} tail`];
const firebase = { memCost: 14, rounds: 8, saltSeparator: 'Bw==', signerKey: Buffer.alloc(64, 7).toString('base64') };
const scrypt = new FirebaseScrypt(firebase);
const salt = Buffer.from('0123456789').toString('base64');
const formats = [
  ['better-auth', 'better-auth', (password) => hashPassword(password)],
  ['bcryptjs', 'bcryptjs', (password) => bcryptjs.hash(password, 4)],
  ['npm argon2', 'argon2', (password) => argon2.hash(password, { memoryCost: 1024 })],
  [
    'Firebase',
    'firebase-scrypt',
    async (password) => JSON.stringify({ passwordHash: await scrypt.hash(password, salt), salt }),
    { firebase: JSON.stringify(firebase) },
  ],
];
for (const [format, library, make, hints] of formats) {
  for (const password of passwords) {
    const hash = await make(password);
    process.stdout.write(
      `${JSON.stringify({ format, library: `${library} ${version(library)}`, password, hash, hints })}\n`,
    );
  }
}
