// Prints one JSON line per vector, as vectors.py does. Run by make-vectors.sh.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.cwd()}/x.js`));
const version = (name) => JSON.parse(require('node:fs').readFileSync(`node_modules/${name}/package.json`)).version;
const { hashPassword } = await import(pathToFileURL(`${process.cwd()}/node_modules/better-auth/dist/crypto/index.mjs`));
const bcryptjs = require('bcryptjs');
const argon2 = require('argon2');
const { FirebaseScrypt } = require('firebase-scrypt');

const { PasswordHasher } = require('aspnetcore-identity-password-hasher/build/PasswordHasher.js');
const phcPbkdf2 = require('@phc/pbkdf2');
const lucia = await import(pathToFileURL(`${process.cwd()}/node_modules/lucia/dist/index.js`));
const lucia2 = await import(pathToFileURL(`${process.cwd()}/node_modules/lucia-2/dist/utils/crypto.js`));

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
  ['Lucia 3', 'lucia', (password) => new lucia.Scrypt().hash(password)],
  ['Lucia 2', 'lucia-2', (password) => lucia2.generateScryptHash(password)],
  ['@phc/pbkdf2 SHA-1', '@phc/pbkdf2', (password) => phcPbkdf2.hash(password, { iterations: 2000, digest: 'sha1' })],
  [
    '@phc/pbkdf2 SHA-256',
    '@phc/pbkdf2',
    (password) => phcPbkdf2.hash(password, { iterations: 2000, digest: 'sha256' }),
  ],
  ['@phc/pbkdf2 SHA-512', '@phc/pbkdf2', (password) => phcPbkdf2.hash(password, { iterations: 2000 })],
  [
    'ASP.NET Identity version 2',
    'aspnetcore-identity-password-hasher',
    (password) => new PasswordHasher().hashPasswordV2(password),
  ],
  [
    'ASP.NET Identity version 3',
    'aspnetcore-identity-password-hasher',
    (password) => new PasswordHasher(2000).hashPasswordV3(password),
  ],
];
// Their hash is of the NFKC form, which is another text than the NFC form here.
const compatible = ['\uFB01anc\u00E9e \uFF12\uFF10\uFF12\uFF16'];
for (const [format, library, make, hints] of formats) {
  const isNfkc = /^(better-auth|Lucia)/.test(format);
  for (const password of isNfkc ? [...passwords, ...compatible] : passwords) {
    const hash = await make(password);
    process.stdout.write(
      `${JSON.stringify({ format, library: `${library.replace('-2', '')} ${version(library)}`, password, hash, hints })}\n`,
    );
  }
}
