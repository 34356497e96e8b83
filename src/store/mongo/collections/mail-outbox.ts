import type { OutgoingMail } from '../../../auth/outgoing-mail/outgoing-mail';
import type { Document } from './documents';
import { date, number, schema, text } from './schema';

export type MailDocument = Document<OutgoingMail> & {
  /** How many claims there have been. */
  readonly attempt: number;
  /** When it can be claimed, by the server's clock; the epoch until it was tried for the first time. */
  readonly dueAt: Date;
};

export const mailOutbox = schema<MailDocument>({
  _id: text,
  kind: text,
  address: text,
  userId: String,
  requestedAt: date,
  newAddress: String,
  ipAddress: String,
  requestId: String,
  attempt: number,
  dueAt: date,
}).index({ dueAt: 1, _id: 1 });
