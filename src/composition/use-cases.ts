import { changePassword } from '../auth/accounts/change-password';
import { getCurrentUser } from '../auth/accounts/get-current-user';
import type { PasswordPolicy } from '../auth/accounts/password-policy';
import { register } from '../auth/accounts/register';
import { type AuthorizeDeps, authorizeAdmin } from '../auth/admin/authorize';
import { createUser } from '../auth/admin/create-user';
import { deleteUser } from '../auth/admin/delete-user';
import { getUser } from '../auth/admin/get-user';
import { listAuditEvents } from '../auth/admin/list-audit-events';
import { listUsers } from '../auth/admin/list-users';
import { revokeUserSession } from '../auth/admin/revoke-user-session';
import { revokeUserSessions } from '../auth/admin/revoke-user-sessions';
import { type RotateSigningKeyDeps, rotateSigningKey } from '../auth/admin/rotate-signing-key';
import { setUserActive } from '../auth/admin/set-user-active';
import { setUserRoles } from '../auth/admin/set-user-roles';
import { unlockUser } from '../auth/admin/unlock-user';
import type { AuditLog } from '../auth/audit/audit-log';
import { type LoginDeps, login } from '../auth/login/login';
import { watchRevocations } from '../auth/revocation/watch-revocations';
import { checkRole } from '../auth/roles/check-role';
import { logout } from '../auth/sessions/logout';
import { type RefreshDeps, refresh } from '../auth/sessions/refresh';
import { listSessions, revokeAllSessions, revokeSession } from '../auth/sessions/sessions';
import { batchValidate } from '../auth/tokens/batch-validate';
import { validate } from '../auth/tokens/validate';

export type UseCaseDeps = LoginDeps &
  RefreshDeps &
  AuthorizeDeps &
  RotateSigningKeyDeps & {
    readonly auditLog: AuditLog;
    readonly passwordPolicy: PasswordPolicy;
    /** ROLES. */
    readonly knownRoles: readonly string[];
  };

/** Every use case of the domain over one set of ports. */
export function wireUseCases(deps: UseCaseDeps) {
  return {
    auth: {
      register: register(deps),
      login: login(deps),
      refresh: refresh(deps),
      validate: validate(deps),
      checkRole: checkRole(deps),
      batchValidate: batchValidate(deps),
      watchRevocations: watchRevocations(deps),
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
      revokeUserSession: revokeUserSession(deps),
      revokeUserSessions: revokeUserSessions(deps),
      unlockUser: unlockUser(deps),
      listAuditEvents: listAuditEvents(deps),
      rotateSigningKey: rotateSigningKey(deps),
    },
  };
}

export type UseCases = ReturnType<typeof wireUseCases>;
