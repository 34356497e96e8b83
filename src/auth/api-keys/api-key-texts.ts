import type { CredentialFault } from '../tokens/credential-fault';

/** How an API key begins. */
export const API_KEY_PREFIX = 'pstn_';

/** What the text of a key says: which key it is, and the digest of the secret that would prove it. */
export interface PresentedApiKey {
  /** A copy of the text that keeps nothing else in memory. */
  readonly text: string;
  readonly id: string;
  /** SHA-256 of the secret, base64url. */
  readonly secretHash: string;
}

/**
 * The text of API keys: `pstn_`, 22 base62 characters (the id), `_`, 43 base62 characters (256 random bits) and 6
 * base62 characters (the CRC-32 of everything before it, so that secret scanners distinguish a key from other text
 * offline).
 */
export interface ApiKeyTexts {
  /** A new secret for the key of this id. The text exists nowhere else. */
  mint(id: string): { readonly text: string; readonly secretHash: string };
  /** What may be shown of a key: the part before the secret. */
  prefix(id: string): string;
  /** What is wrong with the shape, the length or the checksum of a text, if anything is. Costs less than `read`. */
  findFault(text: string): CredentialFault | undefined;
  /** What a text of the right shape, length and checksum says; else undefined. Reads no store. */
  read(text: string): PresentedApiKey | undefined;
  /** Whether two digests are the same, in a time that does not depend on where they differ. */
  isSameHash(a: string, b: string): boolean;
}

/** Whether a credential is to be looked at as an API key; everything else is an access token. */
export function isApiKeyText(credential: string): boolean {
  return credential.startsWith(API_KEY_PREFIX);
}
