// Verifies a hash of elsewhere, in a hashing thread. Every hash function is of a library; the loops of crypt(3) and
// phpass are here, over node:crypto, see docs/decisions/0034.

const { createCipheriv, createHash, createHmac, pbkdf2Sync, scryptSync, timingSafeEqual } = require('node:crypto');
const argon2 = require('@node-rs/argon2');
const bcrypt = require('bcryptjs');
const { md5Crypt, phpass, shaCrypt } = require('./crypt-loops.js');

const TYPES = { d: 0, i: 1, id: 2 };

const derivations = {
  argon2: (password, { type, version, memory, time, lanes, salt }, length) =>
    argon2.hashRawSync(password, {
      algorithm: TYPES[type],
      version: version === 19 ? 1 : 0,
      memoryCost: memory,
      timeCost: time,
      parallelism: lanes,
      salt: bytes(salt),
      outputLen: length,
    }),
  scrypt: (password, { N, r, p, salt }, length) =>
    scryptSync(password, bytes(salt), length, { N, r, p, maxmem: 128 * N * r + 128 * r * p + 1024 * 1024 }),
  pbkdf2: (password, { digest, rounds, salt }, length) => pbkdf2Sync(password, bytes(salt), rounds, length, digest),
  firebase(password, { N, r, salt, separator, signerKey }) {
    const key = scryptSync(password, Buffer.concat([bytes(salt), bytes(separator)]), 32, {
      N,
      r,
      p: 1,
      maxmem: 128 * N * r + 1024 * 1024,
    });
    const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
    return Buffer.concat([cipher.update(bytes(signerKey)), cipher.final()]);
  },
  'sha-crypt': (password, { digest, rounds, salt }) => Buffer.from(shaCrypt(digest, password, bytes(salt), rounds)),
  'md5-crypt': (password, { magic, salt }) => Buffer.from(md5Crypt(magic, password, bytes(salt))),
  phpass(password, { digest, rounds, salt, first }, length) {
    const text = first === undefined ? password : Buffer.from(createHash('md5').update(password).digest('hex'));
    return Buffer.from(phpass(digest, text, bytes(salt), rounds).slice(0, length));
  },
  digest(password, { digest, order, salt }) {
    if (order === 'password') return password;
    if (order === 'hmac-salt') return createHmac(digest, bytes(salt)).update(password).digest();
    const parts = order === 'prefix' ? [bytes(salt), password] : [password, bytes(salt)];
    return createHash(digest).update(Buffer.concat(parts)).digest();
  },
};

/** Whether the text is the password of the recipe. */
function verifyImported(recipe, text) {
  const password = prepare(recipe.prepare ?? [], text);
  const { derive, expected, wrapped } = recipe;
  if (wrapped !== undefined) return argon2.verifySync(wrapped, legacyDigest(derive, password));
  if (derive.kind === 'bcrypt') {
    const hash = `$2b$${String(derive.cost).padStart(2, '0')}$${derive.salt}${bytes(expected)}`;
    // Cuts at 72 bytes.
    return bcrypt.compareSync(password.toString(), hash);
  }
  const right = bytes(expected);
  const derived = derivations[derive.kind](password, derive, right.length);
  return derived.length === right.length && timingSafeEqual(derived, right);
}

/** What argon2id is wrapped around. */
function legacyDigest(derive, password) {
  return derivations[derive.kind](password, derive, derive.length ?? 64).toString('base64');
}

function prepare(steps, text) {
  let value = text;
  for (const step of steps) value = prepareOnce(step, value);
  return Buffer.from(value);
}

function prepareOnce(step, text) {
  if (step === 'nfkc') return text.normalize('NFKC');
  // PHP's trim: these six and nothing else of Unicode.
  if (step === 'trim') return text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '');
  if (step === 'sha256-hex') return createHash('sha256').update(text).digest('hex');
  if (step === 'sha256-base64') return createHash('sha256').update(text).digest('base64');
  if ('append' in step) return text + step.append;
  return createHmac(step.hmac, step.key).update(text).digest('base64');
}

function bytes(base64) {
  return Buffer.from(base64, 'base64');
}

module.exports = { verifyImported };
