import type { changePassword } from '../../auth/accounts/change-password';
import type { getCurrentUser } from '../../auth/accounts/get-current-user';
import type { register } from '../../auth/accounts/register';
import type { login } from '../../auth/login/login';
import type { checkRole } from '../../auth/roles/check-role';
import type { logout } from '../../auth/sessions/logout';
import type { refresh } from '../../auth/sessions/refresh';
import type { listSessions, revokeAllSessions, revokeSession } from '../../auth/sessions/sessions';
import type { batchValidate } from '../../auth/tokens/batch-validate';
import type { validate } from '../../auth/tokens/validate';
import type * as wire from '../../gen/postern/auth/v1/auth_service';
import {
  batchResultMessage,
  checkRoleMessage,
  sessionMessage,
  tokenPairMessage,
  userMessage,
  validateMessage,
} from './messages';
import type { Handler } from './method';

export interface AuthUseCases {
  readonly register: ReturnType<typeof register>;
  readonly login: ReturnType<typeof login>;
  readonly refresh: ReturnType<typeof refresh>;
  readonly validate: ReturnType<typeof validate>;
  readonly checkRole: ReturnType<typeof checkRole>;
  readonly batchValidate: ReturnType<typeof batchValidate>;
  readonly logout: ReturnType<typeof logout>;
  readonly getCurrentUser: ReturnType<typeof getCurrentUser>;
  readonly listSessions: ReturnType<typeof listSessions>;
  readonly revokeSession: ReturnType<typeof revokeSession>;
  readonly revokeAllSessions: ReturnType<typeof revokeAllSessions>;
  readonly changePassword: ReturnType<typeof changePassword>;
}

export interface AuthHandlers {
  readonly register: Handler<wire.RegisterRequest, wire.RegisterResponse>;
  readonly login: Handler<wire.LoginRequest, wire.LoginResponse>;
  readonly refresh: Handler<wire.RefreshRequest, wire.RefreshResponse>;
  readonly validate: Handler<wire.ValidateRequest, wire.ValidateResponse>;
  readonly checkRole: Handler<wire.CheckRoleRequest, wire.CheckRoleResponse>;
  readonly batchValidate: Handler<wire.BatchValidateRequest, wire.BatchValidateResponse>;
  readonly logout: Handler<wire.LogoutRequest, wire.LogoutResponse>;
  readonly getCurrentUser: Handler<wire.GetCurrentUserRequest, wire.GetCurrentUserResponse>;
  readonly listSessions: Handler<wire.ListSessionsRequest, wire.ListSessionsResponse>;
  readonly revokeSession: Handler<wire.RevokeSessionRequest, wire.RevokeSessionResponse>;
  readonly revokeAllSessions: Handler<wire.RevokeAllSessionsRequest, wire.RevokeAllSessionsResponse>;
  readonly changePassword: Handler<wire.ChangePasswordRequest, wire.ChangePasswordResponse>;
}

/** `postern.auth.v1.AuthService` over the domain: wire messages in and out, nothing else. */
export function authService(useCases: AuthUseCases): AuthHandlers {
  return {
    async register({ email, username, password }, call) {
      return { user: userMessage(await useCases.register({ email, username, password }, call)) };
    },
    async login({ username, password, deviceName }, call) {
      const { tokens, user } = await useCases.login({ username, password, deviceName }, call);
      return { tokens: tokenPairMessage(tokens), user: userMessage(user) };
    },
    async refresh({ refreshToken }, call) {
      return { tokens: tokenPairMessage(await useCases.refresh({ refreshToken }, call)) };
    },
    validate(request, call) {
      const who = useCases.validate(request, call);
      return who instanceof Promise ? who.then(validateMessage) : validateMessage(who);
    },
    checkRole(request, call) {
      const { principal, matchedRole } = useCases.checkRole(request, call);
      return checkRoleMessage(principal, matchedRole);
    },
    batchValidate({ accessTokens }, call) {
      return { results: useCases.batchValidate(accessTokens, call).map(batchResultMessage) };
    },
    async logout({ refreshToken }, call) {
      await useCases.logout({ refreshToken }, call);
      return {};
    },
    async getCurrentUser(_request, call) {
      return { user: userMessage(await useCases.getCurrentUser(call)) };
    },
    async listSessions(_request, call) {
      return { sessions: (await useCases.listSessions(call)).map(sessionMessage) };
    },
    async revokeSession({ sessionId }, call) {
      await useCases.revokeSession({ sessionId }, call);
      return {};
    },
    async revokeAllSessions({ keepCurrent }, call) {
      return { revokedCount: await useCases.revokeAllSessions({ keepCurrent }, call) };
    },
    async changePassword({ currentPassword, newPassword }, call) {
      await useCases.changePassword({ currentPassword, newPassword }, call);
      return {};
    },
  };
}
