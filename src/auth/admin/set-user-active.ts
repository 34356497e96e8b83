import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { publicUser, type User } from '../accounts/users';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';
import { publishUser } from './publish-user';

/**
 * Enables a user, or disables one and ends their sessions. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, LAST_ADMIN
 */
export function setUserActive(deps: EndAllSessionsDeps) {
  return async (
    input: { readonly userId: string; readonly active: boolean },
    actorId: string,
    call: Call,
  ): Promise<User> => {
    const { active } = input;
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    const user = await deps.users.setActive(userId, active, call);
    await publishUser(deps, user, call);
    if (!active) await endAllSessions(deps, userId, { reason: 'user_disabled', actorId }, call);
    recordEvent(deps.events, call, active ? 'user.enabled' : 'user.disabled', {
      userId,
      username: user.username,
      actorId,
    });
    return publicUser(user);
  };
}
