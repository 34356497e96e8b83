import type { Parsed } from './recipe';
import { byteLength, fromBase64, fromHex, fromText, parseParameters } from './texts';

const DIGESTS: Readonly<Record<string, string>> = {
  '': 'sha1',
  sha1: 'sha1',
  sha256: 'sha256',
  // Ory Kratos says sha224 and sha384, and computes SHA3-224 and SHA3-384.
  sha224: 'sha3-224',
  sha384: 'sha3-384',
  sha512: 'sha512',
};

/** In bytes; libraries that say no length of their own store a whole digest. */
const LENGTHS: Readonly<Record<string, number>> = {
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha512: 64,
  'sha3-224': 28,
  'sha3-384': 48,
};

export function parsePbkdf2(text: string): Parsed {
  if (text.startsWith('$pbkdf2')) return parseDollar(text);
  if (text.startsWith('pbkdf2')) return parseDjangoOrWerkzeug(text);
  if (/^\{PBKDF2/i.test(text)) return parseDirectory(text);
  return parseAspNet(text) ?? parseSpring(text);
}

/**
 * Three dialects: passlib `$pbkdf2-sha256$29000$salt$hash` (base64 with `.`), the PHC's and Kratos'
 * `$pbkdf2-sha256$i=29000,l=32$salt$hash`, and Cryptacular's `$p5k2$`, which is not this prefix.
 */
function parseDollar(text: string): Parsed {
  const [, name = '', parameters = '', salt64 = '', hash64 = ''] =
    /^\$pbkdf2(?:-(sha\d+))?\$([a-z0-9=,]+)\$([A-Za-z0-9+/.=_-]*)\$([A-Za-z0-9+/.=_-]+)$/.exec(text) ?? [];
  const values = /^\d{1,10}$/.test(parameters) ? undefined : parseParameters(parameters);
  const rounds = values?.get('i') ?? (values === undefined ? Number(parameters || Number.NaN) : Number.NaN);
  const [salt, expected] = [fromBase64(salt64), fromBase64(hash64)];
  const digest = DIGESTS[name];
  if (digest === undefined || salt === undefined || !expected || Number.isNaN(rounds)) return 'HASH_UNKNOWN';
  const length = values === undefined ? LENGTHS[digest] : values.get('l');
  if (length !== undefined && length !== byteLength(expected)) return 'HASH_UNKNOWN';
  return { derive: { kind: 'pbkdf2', digest, rounds, salt }, expected };
}

/** Django `pbkdf2_sha256$rounds$salt$base64`; werkzeug `pbkdf2:sha256:rounds$salt$hex`. Both salts are text. */
function parseDjangoOrWerkzeug(text: string): Parsed {
  const [, djangoDigest, digest, rounds, salt, hash = ''] =
    /^pbkdf2(?:_(sha1|sha256)\$|:(sha1|sha224|sha256|sha512):)(\d{1,10})\$([^$]+)\$([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  const expected = djangoDigest === undefined ? fromHex(hash) : fromBase64(hash);
  const name = djangoDigest ?? digest ?? '';
  if (salt === undefined || !expected || byteLength(expected) !== LENGTHS[name]) return 'HASH_UNKNOWN';
  const derive = { kind: 'pbkdf2', digest: name, rounds: Number(rounds) } as const;
  return { derive: { ...derive, salt: fromText(salt) }, expected };
}

/** 389-ds `{PBKDF2-SHA256}rounds$salt$hash`, and its older `{PBKDF2_SHA256}`: 4, 64 and 256 bytes in one base64. */
function parseDirectory(text: string): Parsed {
  const old = /^\{PBKDF2_SHA256\}([A-Za-z0-9+/]+={0,2})$/i.exec(text);
  if (old !== null) {
    const bytes = Buffer.from(old[1] ?? '', 'base64');
    if (bytes.length !== 324) return 'HASH_UNKNOWN';
    const salt = bytes.subarray(4, 68).toString('base64');
    const derive = { kind: 'pbkdf2', digest: 'sha256', rounds: bytes.readUInt32BE(0), salt } as const;
    return { derive, expected: bytes.subarray(68).toString('base64') };
  }
  const [, name, rounds, salt64 = '', hash64 = ''] =
    /^\{PBKDF2(?:-(SHA1|SHA256|SHA512))?\}(\d{1,10})\$([A-Za-z0-9+/.=]+)\$([A-Za-z0-9+/.=]+)$/i.exec(text) ?? [];
  const [salt, expected] = [fromBase64(salt64), fromBase64(hash64)];
  if (rounds === undefined || !salt || !expected) return 'HASH_UNKNOWN';
  const digest = (name ?? 'sha1').toLowerCase();
  return { derive: { kind: 'pbkdf2', digest, rounds: Number(rounds), salt }, expected };
}

/** ASP.NET Core Identity: version 2 is a zero byte, salt, key; version 3 says its PRF, rounds and length of salt. */
function parseAspNet(text: string): Parsed {
  if (!/^A[A-Za-z0-9+/]{50,}={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes[0] === 0 && bytes.length === 49) {
    const salt = bytes.subarray(1, 17).toString('base64');
    const derive = { kind: 'pbkdf2', digest: 'sha1', rounds: 1000, salt } as const;
    return { derive, expected: bytes.subarray(17).toString('base64') };
  }
  if (bytes[0] !== 1 || bytes.length < 13 + 16 + 16) return undefined;
  const digest = ['sha1', 'sha256', 'sha512'][bytes.readUInt32BE(1)];
  const saltEnd = 13 + bytes.readUInt32BE(9);
  if (digest === undefined || saltEnd + 16 > bytes.length) return undefined;
  const salt = bytes.subarray(13, saltEnd).toString('base64');
  const derive = { kind: 'pbkdf2', digest, rounds: bytes.readUInt32BE(5), salt } as const;
  return { derive, expected: bytes.subarray(saltEnd).toString('base64') };
}

/** Spring's Pbkdf2PasswordEncoder says nothing of itself; only with the defaults of 5.8, hex of salt and key. */
function parseSpring(text: string): Parsed {
  if (!/^[0-9a-f]{96}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'hex');
  const salt = bytes.subarray(0, 16).toString('base64');
  return {
    derive: { kind: 'pbkdf2', digest: 'sha256', rounds: 310_000, salt },
    expected: bytes.subarray(16).toString('base64'),
  };
}
