import { date, number, schema, text } from './schema';

export interface LoginFailuresDocument {
  /** Digest of the account. */
  readonly _id: string;
  readonly start: number;
  readonly count: number;
  readonly sources: { readonly id: string; readonly start: number; readonly count: number }[];
  /** Where the account has logged in from lately. */
  readonly known: { readonly id: string; readonly at: number }[];
  /** Ms since the epoch until which the latest try was refused; null when it was let through. */
  readonly refusedUntil: number | null;
  readonly expireAt: Date;
}

export const loginFailures = schema<LoginFailuresDocument>({
  _id: text,
  start: number,
  count: number,
  sources: [{ _id: false, id: text, start: number, count: number }],
  known: [{ _id: false, id: text, at: number }],
  refusedUntil: Number,
  expireAt: date,
}).index({ expireAt: 1 }, { expireAfterSeconds: 0 });
