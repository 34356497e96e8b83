import type { StoredSigningKey } from '../../../auth/tokens/signing-keys';
import type { Document } from './documents';
import { date, number, schema, text } from './schema';

export type SigningKeyDocument = Document<StoredSigningKey>;

export const signingKeys = schema<SigningKeyDocument>({
  _id: text,
  sequence: number,
  algorithm: text,
  publicJwk: text,
  encryptedPrivateKey: text,
  createdAt: date,
  activeAt: date,
}).index({ sequence: 1 }, { unique: true });
