import * as envoy from '../../gen/envoy/service/auth/v3/external_auth';
import * as admin from '../../gen/postern/auth/v1/admin_service';
import * as auth from '../../gen/postern/auth/v1/auth_service';
import type { AdminHandlers } from './admin-service';
import type { AuthHandlers } from './auth-service';
import { type Handler, type RpcMethod, rememberingBytes, rememberingElements, unaryMethod } from './method';
import { decodeValidateRequest } from './validate-request';

/** Every RPC of AuthService with its codecs. */
export function authMethods(handlers: AuthHandlers): RpcMethod[] {
  const { AuthServiceService: service } = auth;
  return [
    unaryMethod(service.register.path, auth.RegisterRequest, auth.RegisterResponse, handlers.register),
    unaryMethod(service.login.path, auth.LoginRequest, auth.LoginResponse, handlers.login),
    unaryMethod(service.refresh.path, auth.RefreshRequest, auth.RefreshResponse, handlers.refresh),
    rememberingBytes({
      ...unaryMethod(service.validate.path, auth.ValidateRequest, auth.ValidateResponse, handlers.validate),
      decode: decodeValidateRequest,
    }),
    rememberingBytes(
      unaryMethod(service.checkRole.path, auth.CheckRoleRequest, auth.CheckRoleResponse, handlers.checkRole),
    ),
    rememberingElements<auth.BatchValidateResult, auth.BatchValidateResponse>(
      unaryMethod(
        service.batchValidate.path,
        auth.BatchValidateRequest,
        auth.BatchValidateResponse,
        handlers.batchValidate,
      ),
      { of: ({ results }) => results, only: (result) => ({ results: [result] }) },
    ),
    unaryMethod(service.logout.path, auth.LogoutRequest, auth.LogoutResponse, handlers.logout),
    unaryMethod(
      service.getCurrentUser.path,
      auth.GetCurrentUserRequest,
      auth.GetCurrentUserResponse,
      handlers.getCurrentUser,
    ),
    unaryMethod(service.listSessions.path, auth.ListSessionsRequest, auth.ListSessionsResponse, handlers.listSessions),
    unaryMethod(
      service.revokeSession.path,
      auth.RevokeSessionRequest,
      auth.RevokeSessionResponse,
      handlers.revokeSession,
    ),
    unaryMethod(
      service.revokeAllSessions.path,
      auth.RevokeAllSessionsRequest,
      auth.RevokeAllSessionsResponse,
      handlers.revokeAllSessions,
    ),
    unaryMethod(
      service.changePassword.path,
      auth.ChangePasswordRequest,
      auth.ChangePasswordResponse,
      handlers.changePassword,
    ),
  ];
}

/** Every RPC of AdminService with its codecs. */
export function adminMethods(handlers: AdminHandlers): RpcMethod[] {
  const { AdminServiceService: service } = admin;
  return [
    unaryMethod(service.createUser.path, admin.CreateUserRequest, admin.CreateUserResponse, handlers.createUser),
    unaryMethod(service.getUser.path, admin.GetUserRequest, admin.GetUserResponse, handlers.getUser),
    unaryMethod(service.listUsers.path, admin.ListUsersRequest, admin.ListUsersResponse, handlers.listUsers),
    unaryMethod(
      service.setUserRoles.path,
      admin.SetUserRolesRequest,
      admin.SetUserRolesResponse,
      handlers.setUserRoles,
    ),
    unaryMethod(
      service.setUserActive.path,
      admin.SetUserActiveRequest,
      admin.SetUserActiveResponse,
      handlers.setUserActive,
    ),
    unaryMethod(service.deleteUser.path, admin.DeleteUserRequest, admin.DeleteUserResponse, handlers.deleteUser),
    unaryMethod(
      service.revokeUserSessions.path,
      admin.RevokeUserSessionsRequest,
      admin.RevokeUserSessionsResponse,
      handlers.revokeUserSessions,
    ),
    unaryMethod(service.unlockUser.path, admin.UnlockUserRequest, admin.UnlockUserResponse, handlers.unlockUser),
    unaryMethod(
      service.listAuditEvents.path,
      admin.ListAuditEventsRequest,
      admin.ListAuditEventsResponse,
      handlers.listAuditEvents,
    ),
    unaryMethod(
      service.rotateSigningKey.path,
      admin.RotateSigningKeyRequest,
      admin.RotateSigningKeyResponse,
      handlers.rotateSigningKey,
    ),
  ];
}

/** `envoy.service.auth.v3.Authorization/Check`. */
export function extAuthzMethod(handle: Handler<envoy.CheckRequest, envoy.CheckResponse>): RpcMethod {
  const { path } = envoy.AuthorizationService.check;
  return unaryMethod(path, envoy.CheckRequest, envoy.CheckResponse, handle);
}
