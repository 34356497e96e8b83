import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { AuthError } from '../errors';
import type { LoginFailures } from '../login/login-failures';

export interface UnlockUserDeps {
  readonly users: Users;
  readonly loginFailures: LoginFailures;
  readonly events: Events;
}

/**
 * Forgets a user's failed logins, so that the owner can sign in at once. @throws AuthError INVALID_FIELDS,
 * USER_NOT_FOUND
 */
export function unlockUser(deps: UnlockUserDeps) {
  return async (input: { readonly userId: string }, actorId: string, call: Call): Promise<void> => {
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    const user = await deps.users.findById(userId, call);
    if (user === undefined) throw new AuthError('USER_NOT_FOUND');
    await deps.loginFailures.clear(userId, call);
    recordEvent(deps.events, call, 'user.unlocked', { userId, username: user.username, actorId });
  };
}
