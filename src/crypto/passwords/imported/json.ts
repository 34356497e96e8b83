import type { ImportHints } from '../../../auth/import/imported-hashes';
import { buildDigest } from './digests';
import { parseFirebase } from './firebase';
import type { Parsed } from './recipe';
import { fromBase64, fromHex, fromText } from './texts';

type Fields = Readonly<Record<string, unknown>>;

/** Hashes that are JSON where they come from: Keycloak, Firebase, Auth0, and Okta or FusionAuth. */
export function parseJson(text: string, hints: ImportHints, parseText: (text: string) => Parsed): Parsed {
  const fields = parseObject(text);
  if (fields === undefined) return 'HASH_UNKNOWN';
  if ('credentialData' in fields) return parseKeycloak(fields);
  if ('passwordHash' in fields) return parseFirebase(str(fields.salt), str(fields.passwordHash), hints.firebase);
  const hash = fields.hash;
  if (typeof hash === 'object' && hash !== null) return parseAuth0(fields, hash as Fields, parseText);
  return parseGeneric(fields, parseText);
}

function parseKeycloak(fields: Fields): Parsed {
  const [data, secret] = [parseObject(fields.credentialData), parseObject(fields.secretData)];
  const [salt, expected] = [fromBase64(str(secret?.salt)), fromBase64(str(secret?.value))];
  const rounds = Number(data?.hashIterations);
  const algorithm = str(data?.algorithm);
  if (salt === undefined || !expected || !Number.isSafeInteger(rounds)) return 'HASH_UNKNOWN';
  if (algorithm === 'argon2') {
    const more = parseObject(data?.additionalParameters);
    const read = (name: string): string => str([more?.[name]].flat()[0]);
    const [memory, lanes, type] = [Number(read('memory')), Number(read('parallelism')), read('type')];
    if (!memory || !lanes || !['id', 'i', 'd'].includes(type)) return 'HASH_UNKNOWN';
    const version = read('version') === '1.0' ? 16 : 19;
    return { derive: { kind: 'argon2', type: type as 'id', version, memory, time: rounds, lanes, salt }, expected };
  }
  const [, name] = /^pbkdf2(?:-(sha1|sha256|sha512))?$/.exec(algorithm) ?? ['', undefined];
  if (!algorithm.startsWith('pbkdf2') || (name === undefined && algorithm !== 'pbkdf2')) return 'HASH_UNKNOWN';
  return { derive: { kind: 'pbkdf2', digest: name ?? 'sha1', rounds, salt }, expected };
}

/** Auth0's `custom_password_hash`. */
function parseAuth0(fields: Fields, hash: Fields, parseText: (text: string) => Parsed): Parsed {
  const [algorithm, value] = [str(fields.algorithm), str(hash.value)];
  if (['argon2', 'bcrypt', 'pbkdf2', 'ldap'].includes(algorithm)) return parseText(value);
  const expected = decode(value, str(hash.encoding) || 'hex');
  const key = parseObject(hash.key) ?? {};
  if (algorithm === 'hmac') {
    return buildDigest(str(hash.digest), 'hmac-salt', decode(str(key.value), str(key.encoding)) ?? '', expected);
  }
  const salting = parseObject(fields.salt);
  const salt = salting && decode(str(salting.value), str(salting.encoding) || 'utf8');
  if (algorithm === 'scrypt') {
    const [N, r, p] = ['cost', 'blockSize', 'parallelization'].map((name) => Number(fields[name]));
    if (!N || !r || !p || salt === undefined || !expected) return 'HASH_UNKNOWN';
    return { derive: { kind: 'scrypt', N, r, p, salt }, expected };
  }
  if (salting === undefined) return buildDigest(algorithm, 'none', '', expected);
  if (salt === undefined) return 'HASH_UNKNOWN';
  return buildDigest(algorithm, str(salting.position) === 'suffix' ? 'postfix' : 'prefix', salt, expected);
}

/** Okta's and FusionAuth's fields. */
function parseGeneric(fields: Fields, parseText: (text: string) => Parsed): Parsed {
  const algorithm = str(fields.algorithm ?? fields.encryptionScheme)
    .toLowerCase()
    .replace(/^salted-/, '');
  const value = str(fields.value ?? fields.hash ?? fields.password);
  const work = Number(fields.iterationCount ?? fields.workFactor ?? fields.factor);
  const encoding = str(fields.encoding) || 'base64';
  const saltText = str(fields.salt);
  if (algorithm === 'bcrypt') return parseText(spellBcrypt(value, work, saltText));
  const [salt, expected] = [decode(saltText, encoding), decode(value, encoding)];
  if (salt === undefined || !expected) return 'HASH_UNKNOWN';
  const [, name] = /^pbkdf2(?:-hmac)?-?(sha1|sha256|sha512)/.exec(algorithm.replaceAll('_', '-')) ?? [];
  const given = str(fields.digestAlgorithm).toLowerCase().replace('_hmac', '');
  if (algorithm.startsWith('pbkdf2')) {
    const digest = name ?? given;
    if (!['sha1', 'sha256', 'sha512'].includes(digest) || !Number.isSafeInteger(work)) return 'HASH_UNKNOWN';
    return { derive: { kind: 'pbkdf2', digest, rounds: work, salt }, expected };
  }
  return parseGenericDigest(algorithm, fields, salt, expected);
}

/** Okta keeps the cost, the salt and the digest apart. */
function spellBcrypt(value: string, cost: number, salt: string): string {
  return value.startsWith('$2') ? value : `$2a$${String(cost).padStart(2, '0')}$${salt}${value}`;
}

function parseGenericDigest(algorithm: string, fields: Fields, salt: string, expected: string): Parsed {
  const digest = algorithm.replace('-', '');
  if (salt === '') return buildDigest(digest, 'none', '', expected);
  const order = str(fields.saltOrder).toUpperCase() === 'POSTFIX' ? 'postfix' : 'prefix';
  return buildDigest(digest, order, salt, expected);
}

function decode(text: string, encoding: string): string | undefined {
  if (encoding === 'hex') return fromHex(text) ?? (text === '' ? '' : undefined);
  return encoding === 'base64' ? fromBase64(text) : fromText(text);
}

function parseObject(value: unknown): Fields | undefined {
  let parsed = value;
  try {
    if (typeof value === 'string') parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Fields) : undefined;
}

function str(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
