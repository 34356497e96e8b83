import { CLI_ACTOR } from '../open-tool';
import { userCommand } from '../user-command';

export const usersEnable = userCommand({
  name: 'users enable',
  summary: 'enables a user again',
  details: 'Sessions that ended when the user was disabled stay ended: the user signs in anew.',
  async act({ useCases, internalCall }, { id }) {
    const user = await useCases.admin.setUserActive({ userId: id, active: true }, CLI_ACTOR, internalCall());
    return { user, said: `Enabled ${user.username} (${user.id})` };
  },
});
