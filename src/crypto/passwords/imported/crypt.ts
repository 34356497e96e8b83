import type { Parsed } from './recipe';
import { fromText } from './texts';

const ITOA64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** crypt(3) but DES and yescrypt, for which no library is kept; phpass; Drupal 7. What they expect stays text. */
export function parseCrypt(text: string): Parsed {
  if (/^\$[56]\$/.test(text)) return parseShaCrypt(text);
  if (/^\$(1|apr1)\$/.test(text)) return parseMd5Crypt(text);
  if (/^\$[PH]\$/.test(text)) return parsePhpass(text, 'md5', 22);
  if (/^(U?\$S\$)/.test(text)) return parsePhpass(text, 'sha512', 43);
  return undefined;
}

function parseShaCrypt(text: string): Parsed {
  const [, id, given, salt, hash = ''] =
    /^\$([56])\$(?:rounds=(\d{1,10})\$)?([^$:\n]{0,16})\$([./A-Za-z0-9]+)$/.exec(text) ?? [];
  if (salt === undefined || hash.length !== (id === '5' ? 43 : 86)) return 'HASH_UNKNOWN';
  const rounds = given === undefined ? 5000 : Math.max(1000, Number(given));
  const digest = id === '5' ? 'sha256' : 'sha512';
  return { derive: { kind: 'sha-crypt', digest, rounds, salt: fromText(salt) }, expected: fromText(hash) };
}

function parseMd5Crypt(text: string): Parsed {
  const [, magic, salt, hash] = /^(\$1\$|\$apr1\$)([^$:\n]{0,8})\$([./A-Za-z0-9]{22})$/.exec(text) ?? [];
  if (salt === undefined || hash === undefined) return 'HASH_UNKNOWN';
  return { derive: { kind: 'md5-crypt', magic: magic as '$1$', salt: fromText(salt) }, expected: fromText(hash) };
}

/**
 * `$P$` or `$H$`, the logarithm of the rounds, 8 of salt, digest. WordPress before 6.8 trimmed the password before it
 * hashed; others did not, so it is taken as it is. Drupal's `$S$` is cut to 55 characters in all; `U` before it is an
 * MD5 of Drupal 6, hashed again.
 */
function parsePhpass(text: string, digest: 'md5' | 'sha512', most: number): Parsed {
  const [, updated, log, salt, hash = ''] =
    /^(U?)\$[PHS]\$([./A-Za-z0-9])([./A-Za-z0-9]{8})([./A-Za-z0-9]+)$/.exec(text) ?? [];
  if (log === undefined || salt === undefined || hash.length !== most) return 'HASH_UNKNOWN';
  const rounds = 2 ** ITOA64.indexOf(log);
  if (rounds < 2 ** 7) return 'HASH_UNKNOWN';
  const derive = { kind: 'phpass', digest, rounds, salt: fromText(salt) } as const;
  const expected = fromText(hash);
  return { derive: updated === 'U' ? { ...derive, first: 'md5-hex' } : derive, expected };
}
