import type { ImportHints } from '../../../auth/import/imported-hashes';
import { parseArgon2 } from './argon2';
import { parseBcrypt } from './bcrypt';
import { parseCrypt } from './crypt';
import { parseDigest } from './digests';
import { parseJson } from './json';
import { parsePbkdf2 } from './pbkdf2';
import { isSound, isTooCostly, type Parsed, type Preparation, type Recipe } from './recipe';
import { parseScrypt } from './scrypt';

/** No format has more. */
const LONGEST = 4096;

/** The recipe of a hash of any format that docs/import.md lists, within the bounds. */
export function parseHash(text: string, hints: ImportHints): Recipe | 'HASH_UNKNOWN' | 'HASH_TOO_COSTLY' {
  const parsed = text.length > LONGEST ? undefined : parseAny(text.trim(), hints);
  if (parsed === undefined || typeof parsed === 'string') return parsed ?? 'HASH_UNKNOWN';
  if (isTooCostly(parsed.derive)) return 'HASH_TOO_COSTLY';
  if (!isSound(parsed.derive) || Buffer.from(parsed.expected ?? '', 'base64').length > 1024) return 'HASH_UNKNOWN';
  const before = prepareByHints(hints);
  if (before === undefined) return 'HASH_UNKNOWN';
  return { ...parsed, prepare: [...before, ...(parsed.prepare ?? [])] };
}

function parseAny(text: string, hints: ImportHints): Parsed {
  if (text.startsWith('{') && text.endsWith('}')) return parseJson(text, hints, parseText);
  return parseText(text);
}

function parseText(text: string): Parsed {
  // Spring's DelegatingPasswordEncoder, and LDAP's {CRYPT}, {ARGON2}: the name, then the text of the format.
  const [, inner] =
    /^\{(?:bcrypt|argon2(?:@SpringSecurity_v5_[28])?|scrypt(?:@SpringSecurity_v5_8)?|pbkdf2@SpringSecurity_v5_8|crypt)\}(.+)$/i.exec(
      text,
    ) ?? [];
  const bare = inner ?? text;
  return (
    parseArgon2(bare) ??
    parseBcrypt(bare) ??
    parseScrypt(bare) ??
    parsePbkdf2(bare) ??
    parseCrypt(bare) ??
    parseDigest(bare)
  );
}

function prepareByHints({ pepper, prehash }: ImportHints): readonly Preparation[] | undefined {
  switch (prehash || undefined) {
    case undefined:
      // Devise: the pepper comes after the password.
      return pepper ? [{ append: pepper }] : [];
    case 'sha256':
    case 'sha256-hex':
      return pepper ? [{ append: pepper }, 'sha256-hex'] : ['sha256-hex'];
    case 'hmac-sha512':
    case 'hmac-sha512-base64':
      // Flask-Security: its SECURITY_PASSWORD_SALT is the key.
      return pepper ? [{ hmac: 'sha512', key: pepper }] : undefined;
    default:
      return undefined;
  }
}
