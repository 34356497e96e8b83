import { crc32 } from 'node:zlib';

const PREFIX = 'pstn_';
const SHAPE = /^pstn_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;

/** Whether a credential is to be looked at as an API key; everything else is an access token. */
export function isApiKeyText(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** Whether the shape and the checksum are right: anything else is no key, and nobody need be asked. */
export function isWholeApiKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return buildChecksum(body) === text.slice(-CHECKSUM_LENGTH);
}

/** CRC-32 in base62. */
function buildChecksum(body: string): string {
  let text = '';
  for (let rest = crc32(body); rest > 0; rest = Math.floor(rest / DIGITS.length)) {
    text = DIGITS.charAt(rest % DIGITS.length) + text;
  }
  return text.padStart(CHECKSUM_LENGTH, '0');
}
