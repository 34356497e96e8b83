import { FieldCheck, type RoleRules, rolesFault } from '../accounts/account-fields';
import { type CreateAccountDeps, createAccount, type NewAccount } from '../accounts/create-account';
import { DEFAULT_ROLE } from '../accounts/register';
import { publicUser, type User } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';

export type CreateUserDeps = CreateAccountDeps & RoleRules & { readonly events: Events };

/**
 * Makes a user with roles; `actorId` is the admin, or `cli` for the command line. @throws AuthError as `createAccount`
 */
export function createUser(deps: CreateUserDeps) {
  return async (input: NewAccount, actorId: string, call: Call): Promise<User> => {
    const roles = input.roles.length === 0 ? [DEFAULT_ROLE] : [...new Set(input.roles)];
    const check = new FieldCheck().add('roles', rolesFault(roles, deps));
    const user = await createAccount(deps, { ...input, roles }, call, check);
    recordEvent(deps.events, call, 'user.created', { userId: user.id, username: user.username, actorId });
    return publicUser(user);
  };
}
