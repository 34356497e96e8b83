import { findLockout, isLocked } from '../lockout';
import { CLI_ACTOR } from '../open-tool';
import { userCommand } from '../user-command';

export const usersUnlock = userCommand({
  name: 'users unlock',
  summary: "forgets a user's failed logins",
  details: 'The user can sign in at once, from wherever the failures came.',
  async act(core, user) {
    const wasLocked = isLocked(await findLockout(core, user));
    await core.useCases.admin.unlockUser({ userId: user.id }, CLI_ACTOR, core.internalCall());
    const who = `${user.username} (${user.id})`;
    const limit = `LOGIN_MAX_FAILURES=${core.loginLimits.perSource}`;
    const said = wasLocked ? `Unlocked ${who}` : `${who} was not locked by ${limit}; failed logins are forgotten`;
    return { user, said };
  },
});
