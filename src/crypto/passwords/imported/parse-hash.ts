import type { ImportHints } from '../../../auth/import/imported-hashes';
import { readArgon2Cost } from '../phc-string';
import { parseArgon2 } from './argon2';
import { parseBcrypt } from './bcrypt';
import { parseCrypt } from './crypt';
import { parseDigest } from './digests';
import { countRounds } from './hash-cost';
import { parseJson } from './json';
import { parsePbkdf2 } from './pbkdf2';
import { isSound, isTooCostly, MOST_ROUNDS, type Parsed, type Preparation, type Recipe } from './recipe';
import { parseScrypt } from './scrypt';
import { byteLength } from './texts';

/** No format has more. */
const LONGEST = 4096;
const LONGEST_DIGEST = 1024;
/** In bytes: MD5, the shortest that any format stores. What is shorter was cut off, and other passwords would fit. */
const SHORTEST_DIGEST = 16;

/** The recipe of a hash of any format that docs/import.md lists, within the bounds. */
export function parseHash(text: string, hints: ImportHints): Recipe | 'HASH_UNKNOWN' | 'HASH_TOO_COSTLY' {
  const parsed = text.length > LONGEST ? undefined : parseAny(text.startsWith('{noop}') ? text : text.trim(), hints);
  if (parsed === undefined || typeof parsed === 'string') return parsed ?? 'HASH_UNKNOWN';
  const fault = boundsFault(parsed);
  if (fault !== undefined) return fault;
  const before = prepareByHints(hints);
  if (before === undefined) return 'HASH_UNKNOWN';
  return { ...parsed, prepare: [...before, ...(parsed.prepare ?? [])] };
}

/** Why a recipe is not taken: it costs more than one hash may, or its numbers mean none. */
export function boundsFault({
  derive,
  expected = '',
  wrapped,
}: Recipe): 'HASH_UNKNOWN' | 'HASH_TOO_COSTLY' | undefined {
  if (derive.kind === 'pbkdf2' && countRounds(derive, byteLength(expected)) > MOST_ROUNDS) return 'HASH_TOO_COSTLY';
  if (isTooCostly(derive) || (wrapped !== undefined && isWrapTooCostly(wrapped))) return 'HASH_TOO_COSTLY';
  const bytes = byteLength(expected);
  const isCut = wrapped === undefined && bytes < SHORTEST_DIGEST && !isPassword(derive);
  return isSound(derive) && bytes <= LONGEST_DIGEST && !isCut ? undefined : 'HASH_UNKNOWN';
}

/** `{noop}`: as long as the password is. */
function isPassword(derive: Recipe['derive']): boolean {
  return derive.kind === 'digest' && derive.order === 'password';
}

function isWrapTooCostly(phc: string): boolean {
  const cost = readArgon2Cost(phc);
  if (cost === undefined) return true;
  const { memoryKib: memory, time, parallelism: lanes } = cost;
  return isTooCostly({ kind: 'argon2', type: 'id', version: 19, memory, time, lanes, salt: '' });
}

function parseAny(text: string, hints: ImportHints): Parsed {
  // A password itself, whatever it looks like.
  if (text.startsWith('{noop}')) return parseText(text);
  if (text.startsWith('{') && text.endsWith('}')) return parseJson(text, hints, parseText);
  return parseText(text);
}

function parseText(text: string): Parsed {
  // Spring's DelegatingPasswordEncoder, and LDAP's {CRYPT}, {ARGON2}: a name, then the text of the format.
  const [, inner] =
    /^\{(?:bcrypt|argon2(?:@SpringSecurity_v5_[28])?|scrypt(?:@SpringSecurity_v5_8)?|pbkdf2@SpringSecurity_v5_8|crypt|ldap)\}(.+)$/i.exec(
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
