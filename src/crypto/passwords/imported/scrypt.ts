import type { Parsed } from './recipe';
import { byteLength, fromBase64, fromHex, fromText, parseParameters } from './texts';

/** Of the key that Django and werkzeug derive, in bytes. */
const TEXT_SALTED_KEY = 64;

export function parseScrypt(text: string): Parsed {
  if (text.startsWith('$scrypt$') || text.startsWith('$s0$')) return parsePhc(text);
  if (text.startsWith('scrypt$') || text.startsWith('scrypt:')) return parseDjangoOrWerkzeug(text);
  return parseLucia(text) ?? parseSpring(text);
}

/** `ln` is log2 N, as passlib and the PHC say; some wrote N itself, which no log2 can be. */
function parsePhc(text: string): Parsed {
  const [, parameters = '', salt64 = '', hash64 = ''] =
    /^\$scrypt\$([a-z0-9=,]+)\$([A-Za-z0-9+/.=]*)\$([A-Za-z0-9+/.=]+)$/.exec(text) ?? [];
  const values = parseParameters(parameters);
  const [ln, n, r, p] = ['ln', 'n', 'r', 'p'].map((name) => values?.get(name));
  const [salt, expected] = [fromBase64(salt64), fromBase64(hash64)];
  const given = ln ?? n;
  if (given === undefined || r === undefined || p === undefined) return 'HASH_UNKNOWN';
  if (salt === undefined || !expected || values?.size !== 3) return 'HASH_UNKNOWN';
  const N = given < 64 ? 2 ** given : given;
  return { derive: { kind: 'scrypt', N, r, p, salt }, expected };
}

/** Django `scrypt$N$salt$r$p$base64`; werkzeug `scrypt:N:r:p$salt$hex`. Both salts are text. */
function parseDjangoOrWerkzeug(text: string): Parsed {
  const django = /^scrypt\$(\d{1,10})\$([^$]+)\$(\d{1,6})\$(\d{1,6})\$([A-Za-z0-9+/=]+)$/.exec(text);
  const werkzeug = /^scrypt:(\d{1,10}):(\d{1,6}):(\d{1,6})\$([^$]+)\$([0-9a-f]+)$/.exec(text);
  const [N, r, p, salt, expected] = django
    ? [django[1], django[3], django[4], django[2], fromBase64(django[5] ?? '')]
    : [werkzeug?.[1], werkzeug?.[2], werkzeug?.[3], werkzeug?.[4], fromHex(werkzeug?.[5] ?? '')];
  if (salt === undefined || !expected || byteLength(expected) !== TEXT_SALTED_KEY) return 'HASH_UNKNOWN';
  return { derive: { kind: 'scrypt', N: Number(N), r: Number(r), p: Number(p), salt: fromText(salt) }, expected };
}

/**
 * better-auth and Lucia 3 `salt:key`, 32 hex digits of salt; Lucia 2 `s2:salt:key`, and Lucia 1 without `s2:` and with
 * half the block size, both with 16 letters and digits of salt. All take the NFKC form of the password, and the salt as
 * the text that it is.
 */
function parseLucia(text: string): Parsed {
  const [, version, salt = '', key = ''] = /^(s2:)?([0-9a-f]{32}|[0-9a-z]{16}):([0-9a-f]{128})$/.exec(text) ?? [];
  const expected = fromHex(key);
  if (expected === undefined) return text.startsWith('s2:') ? 'HASH_UNKNOWN' : undefined;
  const r = version === undefined && salt.length === 16 ? 8 : 16;
  return { prepare: ['nfkc'], derive: { kind: 'scrypt', N: 16384, r, p: 1, salt: fromText(salt) }, expected };
}

/** Spring's SCryptPasswordEncoder: `$` hex of log2 N, r and p in 16, 8 and 8 bits, `$` salt `$` key. */
function parseSpring(text: string): Parsed {
  const [, parameters, salt64 = '', key64 = ''] =
    /^\$([0-9a-f]{5,6})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const [salt, expected] = [fromBase64(salt64), fromBase64(key64)];
  if (parameters === undefined || !salt || !expected || byteLength(expected) < 16) return undefined;
  const packed = Number.parseInt(parameters, 16);
  const derive = { kind: 'scrypt', N: 2 ** (packed >> 16), r: (packed >> 8) & 0xff, p: packed & 0xff, salt } as const;
  return { derive, expected };
}
