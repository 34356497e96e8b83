import { CLI_ACTOR } from '../open-tool';
import { serviceAccountCommand } from '../service-account-command';

export const serviceAccountsDelete = serviceAccountCommand({
  name: 'service-accounts delete',
  summary: 'deletes a service account and its API keys',
  details: 'Every replica refuses its API keys within a second.',
  async act({ useCases, internalCall }, { id, username }) {
    await useCases.admin.deleteUser({ userId: id }, CLI_ACTOR, internalCall());
    return { said: `Deleted ${username} (${id}) and its API keys` };
  },
});
