import type { ReplicaSecrets } from '../../replica-secrets';
import type { Document } from './documents';
import { date, schema, text } from './schema';

export type ReplicaDocument = Document<ReplicaSecrets> & { readonly expireAt: Date };

export const replicas = schema<ReplicaDocument>({
  _id: text,
  host: text,
  current: text,
  previous: String,
  expireAt: date,
}).index({ expireAt: 1 }, { expireAfterSeconds: 0 });
