import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import { textKey } from '../engine/keys';

/** The key of an email in its index; texts that differ only in what the comparison key ignores are one email. */
export function keyOfEmail(email: string): Buffer {
  return textKey(emailKey(email));
}

/** The key of a username in its index. */
export function keyOfUsername(username: string): Buffer {
  return textKey(comparisonKey(username));
}
