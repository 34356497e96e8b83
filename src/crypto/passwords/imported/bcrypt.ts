import type { Parsed, Preparation } from './recipe';
import { fromText } from './texts';

const BCRYPT = /^\$2[aby]?\$(\d{2})\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;

/** bcrypt in the texts of its users; what is over 72 bytes was cut when such a hash was made. */
export function parseBcrypt(text: string): Parsed {
  if (text.startsWith('bcrypt_sha256$')) return parsePlain(text.slice(14), ['sha256-hex']);
  if (text.startsWith('bcrypt$')) return parsePlain(text.slice(7), []);
  // WordPress 6.8: base64 of HMAC-SHA-384 under a fixed key, over the trimmed password.
  if (text.startsWith('$wp$2')) return parsePlain(text.slice(3), ['trim', { hmac: 'sha384', key: 'wp-sha384' }]);
  if (text.startsWith('$bcrypt-sha256$')) return parsePasslib(text);
  return text.startsWith('$2') ? parsePlain(text, []) : undefined;
}

/** Version 1 hashes with SHA-256, version 2 with HMAC-SHA-256 under the salt's text. */
function parsePasslib(text: string): Parsed {
  const [, second, cost, first, oldCost, salt = '', digest = ''] =
    /^\$bcrypt-sha256\$(?:(v=2,)t=2b,r=(\d{1,2})|(2[ab]),(\d{1,2}))\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/.exec(
      text,
    ) ?? [];
  if (second === undefined && first === undefined) return 'HASH_UNKNOWN';
  const rounds = (cost ?? oldCost ?? '').padStart(2, '0');
  const prepare: Preparation = second === undefined ? 'sha256-base64' : { hmac: 'sha256', key: salt };
  return parsePlain(`$2b$${rounds}$${salt}${digest}`, [prepare]);
}

function parsePlain(text: string, prepare: readonly Preparation[]): Parsed {
  const [, cost, salt, digest] = BCRYPT.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return 'HASH_UNKNOWN';
  return { prepare, derive: { kind: 'bcrypt', cost: Number(cost), salt }, expected: fromText(digest) };
}
