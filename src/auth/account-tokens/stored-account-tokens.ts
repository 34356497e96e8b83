import type { Call } from '../call';

/** What a token proves: that its holder reads the mail of an address, and what follows from that. */
export type AccountTokenPurpose = 'password-reset' | 'email-verification' | 'email-change';

export const ACCOUNT_TOKEN_PURPOSES: readonly AccountTokenPurpose[] = [
  'password-reset',
  'email-verification',
  'email-change',
];

/** How long a token is good after it was made or sent, in ms. */
export const ACCOUNT_TOKEN_TTL_MS: Readonly<Record<AccountTokenPurpose, number>> = {
  'password-reset': 30 * 60_000,
  'email-verification': 24 * 3_600_000,
  'email-change': 24 * 3_600_000,
};

/** An account token as it is stored: never its text. */
export interface StoredAccountToken {
  /** A UUID of version 7: which issue this is. Of a token that was mailed, the id of the mail. */
  readonly id: string;
  readonly purpose: AccountTokenPurpose;
  readonly userId: string;
  /** The address that it was made for: the user's own, or the one to change to. */
  readonly address: string;
  /** The user's `sessionEpoch` when it was made: a token of an older one is void. */
  readonly epoch: number;
  /** SHA-256 of the text, base64url. */
  readonly tokenHash: string;
  readonly expiresAt: Date;
}

/**
 * How long the store remembers, after its end, which token was the latest of its user and purpose, in ms. Longer than
 * mails are tried for: a mail that is sent again must not bring back a token that was used.
 */
export const ENDED_TOKEN_RETENTION_MS = 2 * 86_400_000;

/**
 * Tokens by which a user proves an address: at most one live one of each user and purpose. Availability, deadlines and
 * durability as for `Users`. Everything about a token goes by itself ENDED_TOKEN_RETENTION_MS after `expiresAt`.
 */
export interface StoredAccountTokens {
  /**
   * Makes this the live token of its user and purpose, replacing the one before, in one conditional write.
   * Issued again with the same id, hash and `expiresAt` are replaced (`renewed`). Returns `superseded`, and changes
   * nothing, when a token with a greater id was issued, when this one was consumed, voided or issued in another
   * `epoch`, and when the user's tokens were voided as of a greater id.
   */
  issue(token: StoredAccountToken, call: Call): Promise<'issued' | 'renewed' | 'superseded'>;
  /** The live token of this hash; one that has expired too, as long as it is kept. */
  find(tokenHash: string, call: Call): Promise<StoredAccountToken | undefined>;
  /**
   * Ends the token of this hash if it is live and `expiresAt` is after `at`: one conditional write, of any number of
   * parallel calls one wins. Returns the token, or undefined when the condition did not hold.
   */
  consume(tokenHash: string, at: Date, call: Call): Promise<StoredAccountToken | undefined>;
  /**
   * Ends every token of a user, and every one with an id up to `asOf` that is issued within ENDED_TOKEN_RETENTION_MS
   * of `at`.
   */
  voidAll(userId: string, asOf: string, at: Date, call: Call): Promise<void>;
  /** Takes away everything about the tokens of a deleted user. */
  deleteAll(userId: string, call: Call): Promise<void>;
}
