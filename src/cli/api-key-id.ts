import { readApiKeyId } from '../crypto/api-keys/api-key-texts';

/** What KEY on the command line means: an id, the prefix of a key, or the whole key, such as one that has leaked. */
export function findApiKeyId(text: string): string {
  return readApiKeyId(text.trim()) ?? text.trim();
}

export const API_KEY_HELP = 'KEY is an id or a prefix as `postern api-keys list` shows them, or the text of the key.';
