import { CLI_ACTOR } from '../open-tool';
import { serviceAccountCommand } from '../service-account-command';

export const serviceAccountsDisable = serviceAccountCommand({
  name: 'service-accounts disable',
  summary: 'disables a service account',
  details:
    'Every replica refuses its API keys within a second; enabled again (`postern users enable`), they work again.',
  async act({ useCases, internalCall }, { id }) {
    const user = await useCases.admin.setUserActive({ userId: id, active: false }, CLI_ACTOR, internalCall());
    return { user, said: `Disabled ${user.username} (${user.id}); its API keys are refused` };
  },
});
