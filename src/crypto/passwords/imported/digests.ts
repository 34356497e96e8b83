import type { Parsed } from './recipe';
import { byteLength, fromBase64, fromHex, fromText } from './texts';

const BYTES: Readonly<Record<string, number>> = { md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 };
const LDAP: Readonly<Record<string, string>> = { SHA: 'sha1', MD5: 'md5', SHA256: 'sha256', SHA512: 'sha512' };

/** Fast digests: LDAP, Django's old ones, werkzeug's old ones, `{noop}`. */
export function parseDigest(text: string): Parsed {
  if (text.startsWith('{noop}')) return parsePassword(text.slice(6));
  const spring = parseSpring(text);
  if (spring !== undefined) return spring;
  const [, salted, scheme = '', value = ''] =
    /^\{(S?)(SHA|MD5|SHA256|SHA512|SHA-256|SHA-512)\}([A-Za-z0-9+/]+={0,2})$/i.exec(text) ?? [];
  const ldap = LDAP[scheme.toUpperCase().replace('-', '')];
  if (ldap !== undefined) return parseLdap(ldap, salted !== '', value);
  const [, name = '', salt = '', hex = ''] = /^(md5|sha1)\$([^$]*)\$([0-9a-f]+)$/.exec(text) ?? [];
  if (name !== '') return buildDigest(name, 'prefix', fromText(salt), fromHex(hex));
  const werkzeug = /^(?:hmac:)?(md5|sha1|sha224|sha256|sha384|sha512)\$([^$]+)\$([0-9a-f]+)$/.exec(text);
  if (werkzeug !== null) {
    return buildDigest(werkzeug[1] ?? '', 'hmac-salt', fromText(werkzeug[2] ?? ''), fromHex(werkzeug[3] ?? ''));
  }
  return undefined;
}

/** Spring's MessageDigestPasswordEncoder, `{MD5}{salt}hex`: the salt is text, and its braces are part of it. */
function parseSpring(text: string): Parsed {
  const [, name = '', salt = '', hex = ''] =
    /^\{(MD5|SHA-1|SHA-256|SHA-384|SHA-512)\}(\{[^{}]+\})?([0-9a-f]+)$/.exec(text) ?? [];
  const digest = name.replace('-', '').toLowerCase();
  if (hex.length !== 2 * (BYTES[digest] ?? 0) || hex === '') return undefined;
  return buildDigest(digest, salt === '' ? 'none' : 'postfix', fromText(salt), fromHex(hex));
}

/** @returns HASH_UNKNOWN where the digest has not the length that its algorithm gives */
export function buildDigest(
  digest: string,
  order: 'prefix' | 'postfix' | 'hmac-salt' | 'none',
  salt: string,
  expected: string | undefined,
): Parsed {
  if (!expected || BYTES[digest] !== byteLength(expected)) return 'HASH_UNKNOWN';
  return { derive: { kind: 'digest', digest, order, salt }, expected };
}

function parseLdap(digest: string, isSalted: boolean, value: string): Parsed {
  const bytes = Buffer.from(value, 'base64');
  const length = BYTES[digest] ?? 0;
  if (isSalted ? bytes.length <= length : bytes.length !== length) return 'HASH_UNKNOWN';
  const salt = fromBase64(bytes.subarray(length).toString('base64')) ?? '';
  return buildDigest(digest, isSalted ? 'postfix' : 'none', salt, bytes.subarray(0, length).toString('base64'));
}

function parsePassword(password: string): Parsed {
  if (password === '') return 'HASH_UNKNOWN';
  return { derive: { kind: 'digest', digest: '', order: 'password', salt: '' }, expected: fromText(password) };
}
