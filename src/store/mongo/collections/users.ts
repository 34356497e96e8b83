import type { StoredUser } from '../../../auth/accounts/users';
import type { Document } from './documents';
import { date, flag, number, schema, text, texts } from './schema';

export type UserDocument = Document<StoredUser> & {
  /** `emailKey` of the email, `comparisonKey` of the username. */
  readonly emailKey: string;
  readonly usernameKey: string;
  /** See README.md, "The last admin". */
  readonly fence: number;
};

/** Who is known to be an active admin; one document. See README.md, "The last admin". */
export interface AdminsDocument {
  readonly _id: string;
  readonly ids: string[];
  readonly revision: number;
}

export const users = schema<UserDocument>({
  _id: text,
  email: text,
  username: text,
  emailKey: text,
  usernameKey: text,
  passwordHash: text,
  active: flag,
  roles: texts,
  emailVerified: flag,
  createdAt: date,
  version: number,
  sessionEpoch: number,
  kind: String,
  externalId: String,
  importDigest: String,
  importedHashCost: String,
  endingSessions: { type: [Object], default: undefined },
  fence: number,
})
  .index({ emailKey: 1 }, { unique: true })
  .index({ usernameKey: 1 }, { unique: true })
  .index({ externalId: 1 }, { unique: true, partialFilterExpression: { externalId: { $gt: '' } } })
  .index({ importedHashCost: 1 }, { partialFilterExpression: { importedHashCost: { $gt: '' } } })
  .index({ roles: 1, _id: 1 })
  .index({ kind: 1, _id: 1 }, { partialFilterExpression: { kind: 'service' } });

export const admins = schema<AdminsDocument>({ _id: text, ids: texts, revision: number });
