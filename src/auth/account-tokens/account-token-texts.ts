/** How an account token begins. */
export const ACCOUNT_TOKEN_PREFIX = 'pstv_';

/** A token's text, which exists nowhere in the store, and what the store keeps of it. */
export interface AccountTokenText {
  readonly text: string;
  /** SHA-256 of the text, base64url. */
  readonly tokenHash: string;
}

/** The text of account tokens: `pstv_` and 43 base64url characters, 256 bits. */
export interface AccountTokenTexts {
  /** Of a mail, by its id under a key derived from SECRET_KEY: a mail that is sent again carries the same token. */
  derive(mailId: string): AccountTokenText;
  /** A random one. */
  mint(): AccountTokenText;
  /** The hash of a text of the right shape, else undefined. Reads no store. */
  hash(text: string): string | undefined;
}
