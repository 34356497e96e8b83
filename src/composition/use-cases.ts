import { authorizeAdmin } from '../auth/admin/authorize';
import { createUser } from '../auth/admin/create-user';
import { deleteUser } from '../auth/admin/delete-user';
import { getUser } from '../auth/admin/get-user';
import { listUsers } from '../auth/admin/list-users';
import { revokeUserSessions } from '../auth/admin/revoke-user-sessions';
import { setUserActive } from '../auth/admin/set-user-active';
import { setUserRoles } from '../auth/admin/set-user-roles';
import { changePassword } from '../auth/change-password';
import { checkRole } from '../auth/check-role';
import { getCurrentUser } from '../auth/get-current-user';
import { type LoginDeps, login } from '../auth/login';
import { logout } from '../auth/logout';
import type { PasswordPolicy } from '../auth/password-policy';
import { type RefreshDeps, refresh } from '../auth/refresh';
import { register } from '../auth/register';
import { listSessions, revokeAllSessions, revokeSession } from '../auth/sessions';
import { validate } from '../auth/validate';

export type UseCaseDeps = LoginDeps &
  RefreshDeps & { readonly passwordPolicy: PasswordPolicy; readonly knownRoles: readonly string[] };

/** Every use case of the domain over one set of ports. */
export function wireUseCases(deps: UseCaseDeps) {
  return {
    auth: {
      register: register(deps),
      login: login(deps),
      refresh: refresh(deps),
      validate: validate(deps),
      checkRole: checkRole(deps),
      logout: logout(deps),
      getCurrentUser: getCurrentUser(deps),
      listSessions: listSessions(deps),
      revokeSession: revokeSession(deps),
      revokeAllSessions: revokeAllSessions(deps),
      changePassword: changePassword(deps),
    },
    admin: {
      authorize: (call: Parameters<typeof authorizeAdmin>[1]) => authorizeAdmin(deps, call),
      createUser: createUser(deps),
      getUser: getUser(deps),
      listUsers: listUsers(deps),
      setUserRoles: setUserRoles(deps),
      setUserActive: setUserActive(deps),
      deleteUser: deleteUser(deps),
      revokeUserSessions: revokeUserSessions(deps),
    },
  };
}

export type UseCases = ReturnType<typeof wireUseCases>;
