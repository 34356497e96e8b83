import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import type { StoredUser } from '../../../auth/accounts/users';
import { fromDocument, toDocument } from '../collections/documents';
import type { UserDocument } from '../collections/users';

export function toUserDocument(user: StoredUser): UserDocument {
  return { ...toDocument(user), ...nameKeys(user.id, user), fence: 0 };
}

/** What names are unique by. */
export function nameKeys(id: string, { email, username }: Pick<StoredUser, 'email' | 'username'>) {
  // A service account has no email; its key is unique as every other, and no email has it, for NUL is in none.
  return { emailKey: email === '' ? `\0${id}` : emailKey(email), usernameKey: comparisonKey(username) };
}

export function toStoredUser({
  emailKey: _email,
  usernameKey: _username,
  fence: _fence,
  ...document
}: UserDocument): StoredUser {
  return fromDocument<StoredUser>(document);
}
