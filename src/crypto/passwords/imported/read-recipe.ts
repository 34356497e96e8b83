import { readArgon2Cost } from '../phc-string';
import { type Derivation, isFast, type Preparation, type Recipe } from './recipe';
import { byteLength, fromBase64 } from './texts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const MOST_STEPS = 4;
const LONGEST_TEXT = 4_096;
const LONGEST_KEY = 1_024;

const isText: Check = (value) => typeof value === 'string' && value.length <= LONGEST_TEXT;
const isBase64: Check = (value) => typeof value === 'string' && isText(value) && fromBase64(value) === value;
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const isKeyLength: Check = (value) => value === undefined || (isCount(value) && Number(value) <= LONGEST_KEY);
const isDigest = oneOf('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-224', 'sha3-384');
const isBcryptSalt: Check = (value) => typeof value === 'string' && /^[./A-Za-z0-9]{22}$/.test(value);

/** Which fields a derivation of each kind has, and what each must be. */
const DERIVATIONS: Readonly<Record<Derivation['kind'], Readonly<Record<string, Check>>>> = {
  argon2: {
    type: oneOf('d', 'i', 'id'),
    version: oneOf(16, 19),
    memory: isCount,
    time: isCount,
    lanes: isCount,
    salt: isBase64,
  },
  bcrypt: { cost: isCount, salt: isBcryptSalt },
  scrypt: { N: isCount, r: isCount, p: isCount, salt: isBase64 },
  pbkdf2: { digest: isDigest, rounds: isCount, salt: isBase64, length: isKeyLength },
  firebase: { N: isCount, r: isCount, salt: isBase64, separator: isBase64, signerKey: isBase64 },
  'sha-crypt': { digest: oneOf('sha256', 'sha512'), rounds: isCount, salt: isBase64 },
  'md5-crypt': { magic: oneOf('$1$', '$apr1$'), salt: isBase64 },
  phpass: { digest: oneOf('md5', 'sha512'), rounds: isCount, salt: isBase64, first: oneOf(undefined, 'md5-hex') },
  digest: {
    digest: (value) => value === '' || isDigest(value),
    order: oneOf('prefix', 'postfix', 'hmac-salt', 'none', 'password'),
    salt: isBase64,
  },
};

/** A recipe of an export, which no one has checked yet; undefined: it is none. Its bounds are not looked at here. */
export function readRecipe(value: unknown): Recipe | undefined {
  if (!hasFields(value, ['prepare', 'derive', 'expected', 'wrapped'])) return undefined;
  const { prepare = [], derive, expected, wrapped } = value;
  if (!Array.isArray(prepare) || prepare.length > MOST_STEPS || !prepare.every(isPreparation)) return undefined;
  if (!isDerivation(derive)) return undefined;
  // A fast digest must not come in by this door unwrapped.
  const isWhole = isFast(derive)
    ? expected === undefined && typeof wrapped === 'string' && readArgon2Cost(wrapped) !== undefined
    : wrapped === undefined && isBase64(expected) && byteLength(String(expected)) > 0;
  return isWhole ? (value as unknown as Recipe) : undefined;
}

function isDerivation(value: unknown): value is Derivation {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(DERIVATIONS, kind)) return false;
  const checks = DERIVATIONS[kind as Derivation['kind']];
  if (!hasFields(value, ['kind', ...Object.keys(checks)])) return false;
  if (value.digest === '' && value.order !== 'password') return false;
  return Object.entries(checks).every(([name, check]) => check(value[name]));
}

function isPreparation(value: unknown): value is Preparation {
  if (typeof value === 'string') return oneOf('nfkc', 'trim', 'sha256-hex', 'sha256-base64')(value);
  if (hasFields(value, ['append'])) return isText(value.append);
  return hasFields(value, ['hmac', 'key']) && oneOf('sha256', 'sha384', 'sha512')(value.hmac) && isText(value.key);
}

/** Whether it is an object that has no other fields. */
function hasFields(value: unknown, names: readonly string[]): value is Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => names.includes(name));
}
