import type { StoredAccountToken } from '../../../auth/account-tokens/stored-account-tokens';
import { date, number, schema, text } from './schema';

/** The latest token of a user and purpose; one that was voided before any was issued has no more than the last two. */
export interface AccountTokenDocument extends Omit<StoredAccountToken, 'id' | 'tokenHash'> {
  /** The user's id and the purpose. */
  readonly _id: string;
  /** Absent once the token has been consumed or voided. */
  readonly tokenHash?: string;
  /** The `id` of the token. */
  readonly issue: string;
  readonly removeAt: Date;
}

/** How many mails of one kind went to one address. */
export interface MailCountDocument {
  /** Digest of the subject. */
  readonly _id: string;
  readonly taken: { readonly id: string; readonly at: number }[];
  readonly expireAt: Date;
}

export const accountTokens = schema<AccountTokenDocument>({
  _id: text,
  issue: text,
  purpose: String,
  userId: String,
  address: String,
  epoch: Number,
  tokenHash: String,
  expiresAt: Date,
  removeAt: date,
})
  .index({ tokenHash: 1 }, { unique: true, partialFilterExpression: { tokenHash: { $exists: true } } })
  .index({ removeAt: 1 }, { expireAfterSeconds: 0 });

export const mailCounts = schema<MailCountDocument>({
  _id: text,
  taken: [{ _id: false, id: text, at: number }],
  expireAt: date,
}).index({ expireAt: 1 }, { expireAfterSeconds: 0 });
