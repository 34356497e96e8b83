// sha256-crypt and sha512-crypt (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512"), md5-crypt (Poul-Henning Kamp)
// and its Apache dialect, phpass (Solar Designer). The hash functions are those of node:crypto.

const { createHash } = require('node:crypto');

const ITOA64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const hash = (name, ...parts) => createHash(name).update(Buffer.concat(parts)).digest();

/** The first `length` bytes of `block` over and over. */
const repeat = (block, length) => Buffer.alloc(length, block.length > 0 ? block : 0);

function shaCrypt(name, password, salt, rounds) {
  const size = name === 'sha256' ? 32 : 64;
  const inner = hash(name, password, salt, password);
  const first = [password, salt, repeat(inner, password.length)];
  for (let n = password.length; n > 0; n >>= 1) first.push(n & 1 ? inner : password);
  let digest = hash(name, ...first);
  const p = repeat(hash(name, ...Array(password.length).fill(password)), password.length);
  const s = repeat(hash(name, ...Array(16 + digest[0]).fill(salt)), salt.length);
  for (let n = 0; n < rounds; n += 1) {
    const parts = [n & 1 ? p : digest];
    if (n % 3 !== 0) parts.push(s);
    if (n % 7 !== 0) parts.push(p);
    parts.push(n & 1 ? digest : p);
    digest = hash(name, ...parts);
  }
  return size === 32 ? encode(digest, order(10, 32)) : encode(digest, order(21, 64));
}

/** The bytes are taken in threes, each three rotated against the one before it. */
function order(third, size) {
  const groups = [];
  let [a, b, c] = [0, third, 2 * third];
  for (let n = 0; n < third; n += 1) {
    groups.push([a, b, c]);
    [a, b, c] = size === 32 ? [c + 1, a + 1, b + 1] : [b + 1, c + 1, a + 1];
  }
  return [...groups, ...(size === 32 ? [[-1, 31, 30]] : [[-1, -1, 63]])];
}

function md5Crypt(magic, password, salt) {
  const inner = hash('md5', password, salt, password);
  const first = [password, Buffer.from(magic), salt, repeat(inner, password.length)];
  for (let n = password.length; n > 0; n >>= 1) first.push(n & 1 ? Buffer.alloc(1) : password.subarray(0, 1));
  let digest = hash('md5', ...first);
  for (let n = 0; n < 1000; n += 1) {
    const parts = [n & 1 ? password : digest];
    if (n % 3 !== 0) parts.push(salt);
    if (n % 7 !== 0) parts.push(password);
    parts.push(n & 1 ? digest : password);
    digest = hash('md5', ...parts);
  }
  const groups = [0, 1, 2, 3, 4].map((n) => [n, n + 6, n === 4 ? 5 : n + 12]);
  return encode(digest, [...groups, [-1, -1, 11]]);
}

function encode(digest, groups) {
  let text = '';
  for (const group of groups) {
    const [high, middle, low] = group.map((at) => (at < 0 ? 0 : digest[at]));
    let bits = (high << 16) | (middle << 8) | low;
    const missing = group.filter((at) => at < 0).length;
    for (let n = 0; n < 4 - missing; n += 1, bits >>= 6) text += ITOA64[bits & 63];
  }
  return text;
}

function phpass(name, password, salt, rounds) {
  let digest = hash(name, salt, password);
  for (let n = 0; n < rounds; n += 1) digest = hash(name, digest, password);
  let text = '';
  for (let at = 0; at < digest.length; at += 3) {
    const left = Math.min(3, digest.length - at);
    let bits = digest[at] | ((digest[at + 1] ?? 0) << 8) | ((digest[at + 2] ?? 0) << 16);
    for (let n = 0; n <= left; n += 1, bits >>= 6) text += ITOA64[bits & 63];
  }
  return text;
}

module.exports = { md5Crypt, phpass, shaCrypt };
