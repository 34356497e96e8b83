import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import { FieldCheck, type RoleRules, rolesFault, usernameFault } from './account-fields';
import { newUser } from './create-account';
import { DEFAULT_ROLE } from './register';
import { publicUser, type User, type Users } from './users';

export interface CreateServiceAccountDeps extends RoleRules {
  readonly users: Users;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Makes a user without email and password, for programs: it holds API keys. @throws AuthError INVALID_FIELDS,
 * USERNAME_TAKEN
 */
export function createServiceAccount(deps: CreateServiceAccountDeps) {
  return async (
    input: { readonly username: string; readonly roles: readonly string[] },
    actorId: string,
    call: Call,
  ): Promise<User> => {
    const { username } = input;
    const roles = input.roles.length === 0 ? [DEFAULT_ROLE] : [...new Set(input.roles)];
    new FieldCheck().add('username', usernameFault(username)).add('roles', rolesFault(roles, deps)).done();
    const user = newUser(deps, { email: '', username, passwordHash: '', roles, kind: 'service' });
    throwIfEnded(call, deps.clock);
    await deps.users.insert(user, call);
    recordEvent(deps.events, call, 'user.created', { userId: user.id, username, actorId });
    return publicUser(user);
  };
}
