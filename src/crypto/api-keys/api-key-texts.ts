import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { API_KEY_PREFIX, type ApiKeyTexts } from '../../auth/api-keys/api-key-texts';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import { base62, parseBase62 } from './base62';

const ID_LENGTH = 22;
const SECRET_LENGTH = 43;
const SECRET_BYTES = 32;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(
  `^${API_KEY_PREFIX}[0-9A-Za-z]{${ID_LENGTH}}_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`,
);
const PREFIX = new RegExp(`^${API_KEY_PREFIX}[0-9A-Za-z]{${ID_LENGTH}}$`);
const SECRET_AT = API_KEY_PREFIX.length + ID_LENGTH + 1;
const CHECKSUM_AT = SECRET_AT + SECRET_LENGTH;
const LENGTH = CHECKSUM_AT + CHECKSUM_LENGTH;
const UUID_BITS = 128n;

/** API keys as text; src/auth/api-keys/api-key-texts.ts has the format. */
export function createApiKeyTexts(): ApiKeyTexts {
  return {
    mint(id) {
      const secret = base62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_LENGTH);
      const body = `${API_KEY_PREFIX}${idText(id)}_${secret}`;
      return { text: body + checksum(body), secretHash: hash(secret) };
    },
    findFault,
    prefix: (id) => `${API_KEY_PREFIX}${idText(id)}`,
    read(text) {
      if (findFault(text) !== undefined) return undefined;
      const id = uuid(parseBase62(text.slice(API_KEY_PREFIX.length, SECRET_AT - 1)));
      if (id === undefined) return undefined;
      const copy = Buffer.from(text, 'latin1').toString('latin1');
      return { text: copy, id, secretHash: hash(text.slice(SECRET_AT, CHECKSUM_AT)) };
    },
    isSameHash: (a, b) => {
      const [left, right] = [Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')];
      return left.length === right.length && timingSafeEqual(left, right);
    },
  };
}

function findFault(text: string): CredentialFault | undefined {
  if (text.length !== LENGTH || !SHAPE.test(text)) return 'api_key_shape';
  return checksum(text.slice(0, CHECKSUM_AT)) === text.slice(CHECKSUM_AT) ? undefined : 'api_key_checksum';
}

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), CHECKSUM_LENGTH);
}

/** The 128 bits of a UUID. */
function idText(id: string): string {
  return base62(BigInt(`0x${id.replaceAll('-', '')}`), ID_LENGTH);
}

/** Undefined for a number of more than 128 bits: every id has one text. */
function uuid(value: bigint | undefined): string | undefined {
  if (value === undefined || value >> UUID_BITS > 0n) return undefined;
  const hex = value.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** 256 random bits need no slow hash: they cannot all be tried. */
function hash(secret: string): string {
  return createHash('sha256').update(secret, 'latin1').digest('base64url');
}

/** The id that a whole key or its prefix names; undefined for any other text. */
export function readApiKeyId(text: string): string | undefined {
  const isPrefix = text.length === SECRET_AT - 1 && PREFIX.test(text);
  if (!isPrefix && findFault(text) !== undefined) return undefined;
  return uuid(parseBase62(text.slice(API_KEY_PREFIX.length, SECRET_AT - 1)));
}
