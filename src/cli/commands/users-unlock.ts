import { CLI_ACTOR } from '../open-tool';
import { userCommand } from '../user-command';

export const usersUnlock = userCommand({
  name: 'users unlock',
  summary: "forgets a user's failed logins",
  details: 'The user can sign in at once, from wherever the failures came.',
  async act({ useCases, ownCall }, user) {
    await useCases.admin.unlockUser({ userId: user.id }, CLI_ACTOR, ownCall());
    return { user, said: `Unlocked ${user.username} (${user.id})` };
  },
});
