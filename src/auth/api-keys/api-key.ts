import { printableText } from '../accounts/printable-text';
import type { ApiKeyTexts } from './api-key-texts';
import { findApiKeyEnd, type StoredApiKey } from './stored-api-keys';

/** An API key as its owner and admins see it. */
export interface ApiKey extends Omit<StoredApiKey, 'secretHash'> {
  /** What may be shown of its text: the part before the secret. */
  readonly prefix: string;
}

/** A new key and its text, which is never shown again. */
export interface NewApiKey {
  readonly apiKey: string;
  readonly key: ApiKey;
}

export function publicApiKey(texts: ApiKeyTexts, stored: StoredApiKey): ApiKey {
  const { secretHash: _hash, ...key } = stored;
  // One of before may hold what is taken out of new names.
  return { ...key, name: printableText(key.name), prefix: texts.prefix(key.id) };
}

/** Whether a key is good at `now` (ms since the epoch), without regard to its owner. */
export function isLive(key: StoredApiKey, now: number): boolean {
  return findApiKeyEnd(key) > now;
}
