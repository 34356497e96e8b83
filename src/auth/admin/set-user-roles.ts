import { FieldCheck, type RoleRules, rolesFault } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { publicUser, type User, type Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { type PublishUserDeps, publishUser } from './publish-user';

export interface SetUserRolesDeps extends PublishUserDeps, RoleRules {
  readonly users: Users;
  readonly events: Events;
}

/** Replaces the roles. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, LAST_ADMIN */
export function setUserRoles(deps: SetUserRolesDeps) {
  return async (
    input: { readonly userId: string; readonly roles: readonly string[] },
    actorId: string,
    call: Call,
  ): Promise<User> => {
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    const roles = [...new Set(input.roles)];
    check.add('roles', roles.length === 0 ? 'Name at least one role' : rolesFault(roles, deps)).done();
    const user = await deps.users.setRoles(userId, roles, call);
    await publishUser(deps, user, call);
    recordEvent(deps.events, call, 'user.roles_changed', { userId, username: user.username, actorId });
    return publicUser(user);
  };
}
