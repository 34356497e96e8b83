import { FieldCheck, rolesFault } from '../accounts/account-fields';
import { publicUser, type User, type Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { type PublishUserDeps, publishUser } from './publish-user';

export interface SetUserRolesDeps extends PublishUserDeps {
  readonly users: Users;
  readonly events: Events;
  /** ROLES. */
  readonly knownRoles: readonly string[];
}

/** Replaces the roles. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, LAST_ADMIN */
export function setUserRoles(deps: SetUserRolesDeps) {
  return async (
    input: { readonly userId: string; readonly roles: readonly string[] },
    actorId: string,
    call: Call,
  ): Promise<User> => {
    const { userId } = input;
    const roles = [...new Set(input.roles)];
    new FieldCheck()
      .add('user_id', userId === '' ? 'Name the user' : undefined)
      .add('roles', roles.length === 0 ? 'Name at least one role' : rolesFault(roles, deps.knownRoles))
      .done();
    const user = await deps.users.setRoles(userId, roles, call);
    await publishUser(deps, user, call);
    recordEvent(deps.events, call, 'user.roles_changed', { userId, actorId });
    return publicUser(user);
  };
}
