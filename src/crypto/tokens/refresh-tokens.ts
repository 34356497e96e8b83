import { createHash, createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { RefreshTokenParts, RefreshTokens } from '../../auth/sessions/refresh-tokens';
import { deriveKey, deriveKeyId } from '../keys/derive-key';

export interface RefreshTokenSecrets {
  readonly current: KeyObject;
  readonly previous: KeyObject | undefined;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const TOKEN = new RegExp(`^(pstr1\\.(${UUID})\\.(${UUID})\\.(0|[1-9]\\d{0,15})\\.([\\w-]{22}))\\.([\\w-]{43})$`);
const MAX_LENGTH = 4096;

/**
 * Refresh tokens: `pstr1.<session id>.<user id>.<generation>.<salt>.<HMAC-SHA256, base64url>`. The MAC covers the text
 * before it and is compared as text, so that exactly one text is the token.
 */
export function createRefreshTokens(secrets: RefreshTokenSecrets): RefreshTokens {
  const current = macKey(secrets.current);
  const keys = secrets.previous === undefined ? [current] : [current, macKey(secrets.previous)];
  return {
    currentKeyId: current.id,
    newSalt: () => randomBytes(16).toString('base64url'),
    hashSalt: (salt) => createHash('sha256').update(salt).digest('base64url'),
    mint({ sessionId, userId, generation, salt }, keyId) {
      const { key } = keys.find(({ id }) => id === keyId) ?? current;
      const text = `pstr1.${sessionId}.${userId}.${generation}.${salt}`;
      return `${text}.${mac(key, text)}`;
    },
    open(token) {
      const parts = token.length > MAX_LENGTH ? null : TOKEN.exec(token);
      if (parts === null) return undefined;
      const [, text = '', sessionId = '', userId = '', number = '', salt = '', presented = ''] = parts;
      if (!keys.some(({ key }) => isSameText(mac(key, text), presented))) return undefined;
      const generation = Number(number);
      if (!Number.isSafeInteger(generation)) return undefined;
      return { sessionId, userId, generation, salt } satisfies RefreshTokenParts;
    },
  };
}

function macKey(secret: KeyObject): { readonly id: string; readonly key: KeyObject } {
  return { id: deriveKeyId(secret, 'refresh-token-kid'), key: deriveKey(secret, 'refresh-token-mac') };
}

function mac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** In a time that does not depend on where they differ; both have the same length. */
function isSameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
}
