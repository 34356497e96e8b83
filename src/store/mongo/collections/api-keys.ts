import type { StoredApiKey } from '../../../auth/api-keys/stored-api-keys';
import type { Document } from './documents';
import { date, schema, text, texts } from './schema';

export type ApiKeyDocument = Document<StoredApiKey> & {
  /** Which of the owner's slots a live key takes; README.md, "API keys". */
  readonly slot?: number;
  readonly removeAt: Date;
};

export const apiKeys = schema<ApiKeyDocument>({
  _id: text,
  userId: text,
  name: text,
  secretHash: text,
  roles: texts,
  allowedCidrs: texts,
  createdAt: date,
  expiresAt: date,
  lastUsedAt: Date,
  revokedAt: Date,
  slot: Number,
  removeAt: date,
})
  .index({ userId: 1, _id: 1 })
  .index({ userId: 1, slot: 1 }, { unique: true, partialFilterExpression: { slot: { $exists: true } } })
  .index({ removeAt: 1 }, { expireAfterSeconds: 0 });
