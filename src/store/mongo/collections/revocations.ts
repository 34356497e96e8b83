import { date, number, schema, text } from './schema';

export interface RevocationDocument {
  readonly _id: string;
  readonly kind: 'sessions' | 'user';
  readonly at: number;
  readonly userId: string;
  readonly sessionIds?: string[];
  readonly reason?: string;
  readonly version?: number;
  readonly state?: string;
  readonly roles?: string[];
  /** By the server's clock, so that pollers see one order. */
  readonly storedAt: Date;
  readonly expireAt: Date;
}

export const revocations = schema<RevocationDocument>({
  _id: text,
  kind: text,
  at: number,
  userId: text,
  sessionIds: { type: [String], default: undefined },
  reason: String,
  version: Number,
  state: String,
  roles: { type: [String], default: undefined },
  storedAt: date,
  expireAt: date,
})
  .index({ storedAt: 1 })
  .index({ expireAt: 1 }, { expireAfterSeconds: 0 });
