import { createAccountToken } from './account-tokens/create-account-token';
import { type RequestEmailChangeDeps, requestEmailChange } from './account-tokens/request-email-change';
import { requestEmailVerification } from './account-tokens/request-email-verification';
import { requestPasswordReset } from './account-tokens/request-password-reset';
import { type ResetPasswordDeps, resetPassword } from './account-tokens/reset-password';
import { verifyEmail } from './account-tokens/verify-email';
import { changePassword } from './accounts/change-password';
import { createServiceAccount } from './accounts/create-service-account';
import { getCurrentUser } from './accounts/get-current-user';
import type { PasswordPolicy } from './accounts/password-policy';
import { register } from './accounts/register';
import { type AuthorizeDeps, authorizeAdmin, authorizeAdminSession, authorizeTokenMaker } from './admin/authorize';
import { createUser } from './admin/create-user';
import { deleteUser } from './admin/delete-user';
import { getUser } from './admin/get-user';
import { listAuditEvents } from './admin/list-audit-events';
import { listUsers } from './admin/list-users';
import { revokeUserSession } from './admin/revoke-user-session';
import { revokeUserSessions } from './admin/revoke-user-sessions';
import { type RotateSigningKeyDeps, rotateSigningKey } from './admin/rotate-signing-key';
import { sendPasswordReset } from './admin/send-password-reset';
import { setUserActive } from './admin/set-user-active';
import { setUserEmail } from './admin/set-user-email';
import { setUserPassword } from './admin/set-user-password';
import { setUserRoles } from './admin/set-user-roles';
import { unlockUser } from './admin/unlock-user';
import { type ApiKeysDeps, createApiKey } from './api-keys/create-api-key';
import { createMyApiKey } from './api-keys/create-my-api-key';
import { exchangeApiKey } from './api-keys/exchange-api-key';
import { listApiKeys, listMyApiKeys } from './api-keys/list-api-keys';
import { revokeApiKey, revokeMyApiKey } from './api-keys/revoke-api-key';
import { rotateApiKey } from './api-keys/rotate-api-key';
import type { AuditLog } from './audit/audit-log';
import type { Call } from './call';
import { exportUsers } from './import/export-users';
import { type ImportUsersDeps, importUsers } from './import/import-users';
import { type LoginDeps, login } from './login/login';
import { watchRevocations } from './revocation/watch-revocations';
import { checkRole } from './roles/check-role';
import { logout } from './sessions/logout';
import { type RefreshDeps, refresh } from './sessions/refresh';
import { listSessions, revokeAllSessions, revokeSession } from './sessions/sessions';
import { authenticate } from './tokens/authenticate';
import { batchValidate } from './tokens/batch-validate';
import type { Principal } from './tokens/principal';
import { validate } from './tokens/validate';

export type UseCaseDeps = LoginDeps &
  RefreshDeps &
  AuthorizeDeps &
  RotateSigningKeyDeps &
  ApiKeysDeps &
  ImportUsersDeps &
  ResetPasswordDeps &
  RequestEmailChangeDeps & {
    readonly auditLog: AuditLog;
    readonly passwordPolicy: PasswordPolicy;
    /** ROLES. */
    readonly knownRoles: readonly string[];
  };

/** Every use case of the domain over one set of ports. */
export function wireUseCases(deps: UseCaseDeps) {
  return {
    auth: {
      authenticate: (call: Call): Principal | Promise<Principal> => authenticate(deps, call.bearer, call),
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
      exchangeApiKey: exchangeApiKey(deps),
      createMyApiKey: createMyApiKey(deps),
      listMyApiKeys: listMyApiKeys(deps),
      revokeMyApiKey: revokeMyApiKey(deps),
      requestPasswordReset: requestPasswordReset(deps),
      resetPassword: resetPassword(deps),
      requestEmailVerification: requestEmailVerification(deps),
      verifyEmail: verifyEmail(deps),
      requestEmailChange: requestEmailChange(deps),
    },
    admin: {
      authorize: (call: Call) => authorizeAdmin(deps, call),
      authorizeSession: (call: Call) => authorizeAdminSession(deps, call),
      authorizeTokenMaker: (call: Call) => authorizeTokenMaker(deps, call),
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
      createServiceAccount: createServiceAccount(deps),
      createApiKey: createApiKey(deps),
      listApiKeys: listApiKeys(deps),
      rotateApiKey: rotateApiKey(deps),
      revokeApiKey: revokeApiKey(deps),
      setUserPassword: setUserPassword(deps),
      setUserEmail: setUserEmail(deps),
      createAccountToken: createAccountToken(deps),
      sendPasswordReset: sendPasswordReset(deps),
      importUsers: importUsers(deps),
      exportUsers: exportUsers(deps),
    },
  };
}

export type UseCases = ReturnType<typeof wireUseCases>;
