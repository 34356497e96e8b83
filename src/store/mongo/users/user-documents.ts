import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import { type ListedUser, publicUser, type StoredUser, type User } from '../../../auth/accounts/users';
import { type Document, fromDocument, toDocument } from '../collections/documents';
import type { UserDocument } from '../collections/users';

export function toUserDocument(user: StoredUser): UserDocument {
  return { ...toDocument(user), ...nameKeys(user.id, user), fence: 0 };
}

/** What names are unique by. */
export function nameKeys(id: string, { email, username }: Pick<StoredUser, 'email' | 'username'>) {
  // A service account has no email; its key is unique as every other, and no email has it, for NUL is in none.
  return { emailKey: email === '' ? `\0${id}` : emailKey(email), usernameKey: comparisonKey(username) };
}

/** The fields of `ListedUser`: without the others a document is less than half as much to read. */
export const LISTED_FIELDS = {
  _id: 1,
  email: 1,
  username: 1,
  active: 1,
  roles: 1,
  emailVerified: 1,
  createdAt: 1,
  kind: 1,
  externalId: 1,
} as const satisfies Record<Exclude<keyof Document<Required<ListedUser>>, symbol>, 1>;

/** Of a document that was read with LISTED_FIELDS. */
export function toPublicUser(document: Pick<UserDocument, keyof typeof LISTED_FIELDS>): User {
  return publicUser({ ...document, id: document._id });
}

export function toStoredUser({
  emailKey: _email,
  usernameKey: _username,
  fence: _fence,
  ...document
}: UserDocument): StoredUser {
  return fromDocument<StoredUser>(document);
}
