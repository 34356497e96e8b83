import type { Settings } from '../config/config';
import { CommandError } from './command';

/** Names the role that does not exist, as the service may not: its answers repeat nothing. @throws CommandError */
export function refuseUnknownRoles(roles: readonly string[], { roles: known }: Pick<Settings, 'roles'>): void {
  const unknown = roles.find((role) => !known.includes(role));
  if (unknown === undefined) return;
  const separated = unknown.includes(',') ? ' Separate roles by spaces.' : '';
  throw new CommandError(`"${unknown}" is no role; ROLES has: ${known.join(', ')}.${separated}`);
}
