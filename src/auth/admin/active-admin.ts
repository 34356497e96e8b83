import type { StoredUser } from '../accounts/users';
import { ADMIN_ROLE } from './authorize';

/** Whether the user can administer now: one such user has to be left. A service account does not count. */
export function isActiveAdmin({ active, roles, kind }: Pick<StoredUser, 'active' | 'roles' | 'kind'>): boolean {
  return active && roles.includes(ADMIN_ROLE) && kind !== 'service';
}
