import { CLI_ACTOR } from '../open-tool';
import { userCommand } from '../user-command';

export const usersDelete = userCommand({
  name: 'users delete',
  summary: 'deletes a user and ends their sessions',
  details: 'Cannot be undone. The email and the username are free from then on.',
  question: ({ username, email }) => `Delete ${username} (${email || 'no email'}) for good?`,
  async act({ useCases, internalCall }, { id, username }) {
    await useCases.admin.deleteUser({ userId: id }, CLI_ACTOR, internalCall());
    return { said: `Deleted ${username} (${id})` };
  },
});
