import type { StoredUser, UserLabel } from '../../../auth/accounts/users';
import { groupKey, textKey } from '../engine/keys';
import type { Tables } from '../engine/tables';

/** What the keys of all users with a label begin with; the id's key follows. */
export function labelGroup(label: UserLabel): Buffer {
  return groupKey('role' in label ? `role ${label.role}` : `kind ${label.kind}`);
}

/** Brings the labels of one user from what they were to what they are; undefined: there is no such user. */
export function writeLabels(
  { usersByLabel }: Tables,
  before: StoredUser | undefined,
  after: StoredUser | undefined,
): void {
  const keys = buildKeys(after);
  for (const key of buildKeys(before)) if (!keys.some((each) => each.equals(key))) usersByLabel.remove(key);
  for (const key of keys) usersByLabel.put(key, true);
}

function buildKeys(user: StoredUser | undefined): Buffer[] {
  if (user === undefined) return [];
  const labels: UserLabel[] = user.roles.map((role) => ({ role }));
  if (user.kind === 'service') labels.push({ kind: 'service' });
  return labels.map((label) => Buffer.concat([labelGroup(label), textKey(user.id)]));
}
