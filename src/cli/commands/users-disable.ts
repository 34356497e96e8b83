import { CLI_ACTOR } from '../open-tool';
import { userCommand } from '../user-command';

export const usersDisable = userCommand({
  name: 'users disable',
  summary: 'disables a user and ends their sessions',
  details:
    'Every replica refuses their tokens within a second. The sessions stay ended when the user is enabled again.',
  async act({ useCases, internalCall }, { id }) {
    const user = await useCases.admin.setUserActive({ userId: id, active: false }, CLI_ACTOR, internalCall());
    return { user, said: `Disabled ${user.username} (${user.id}); their sessions have ended` };
  },
});
