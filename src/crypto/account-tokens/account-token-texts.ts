import { createHash, createHmac, type KeyObject, randomBytes } from 'node:crypto';
import {
  ACCOUNT_TOKEN_PREFIX,
  type AccountTokenText,
  type AccountTokenTexts,
} from '../../auth/account-tokens/account-token-texts';
import { deriveKey } from '../keys/derive-key';

const TOKEN = new RegExp(`^${ACCOUNT_TOKEN_PREFIX}[\\w-]{43}$`);
const BYTES = 32;

/**
 * Account tokens: `pstv_` and 256 bits in base64url, random or HMAC-SHA256 of the id of a mail. A text that spells the
 * same bits in another way has another hash, so exactly one text is the token.
 */
export function createAccountTokenTexts(secrets: { readonly current: KeyObject }): AccountTokenTexts {
  const key = deriveKey(secrets.current, 'account-token');
  return {
    derive: (mailId) => toText(createHmac('sha256', key).update(mailId).digest()),
    mint: () => toText(randomBytes(BYTES)),
    hash: (text) => (TOKEN.test(text) ? hash(text) : undefined),
  };
}

function toText(bytes: Buffer): AccountTokenText {
  const text = `${ACCOUNT_TOKEN_PREFIX}${bytes.toString('base64url')}`;
  return { text, tokenHash: hash(text) };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
