import { loadSettings } from '../../config/config';
import { refuseUnknownRoles } from '../known-roles';
import { CLI_ACTOR } from '../open-tool';
import { userCommand } from '../user-command';

const MAX_ROLES = 100;

export const usersSetRoles = userCommand({
  name: 'users set-roles',
  summary: "replaces a user's roles",
  operands: { shown: 'ROLE...', min: 1, max: MAX_ROLES },
  details: 'Each ROLE is one of the setting ROLES. Access tokens live on and carry the new roles within a second.',
  async act({ useCases, internalCall }, { id }, roles) {
    refuseUnknownRoles(roles, loadSettings());
    const user = await useCases.admin.setUserRoles({ userId: id, roles }, CLI_ACTOR, internalCall());
    return { user, said: `${user.username} (${user.id}) now has: ${user.roles.join(', ')}` };
  },
});
