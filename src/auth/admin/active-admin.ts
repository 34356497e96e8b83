import type { StoredUser } from '../accounts/users';
import { ADMIN_ROLE } from './authorize';

/** Whether the user can administer now: of these one has to be left. A service account does not count: no person has it. */
export function isActiveAdmin({ active, roles, kind }: Pick<StoredUser, 'active' | 'roles' | 'kind'>): boolean {
  return active && roles.includes(ADMIN_ROLE) && kind !== 'service';
}
