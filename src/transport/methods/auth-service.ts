import type { Call } from '../../auth/call';
import type { RoleHeld } from '../../auth/roles/check-role';
import { type Anonymous, isAnonymous, type Principal } from '../../auth/tokens/principal';
import type { UseCases } from '../../auth/use-cases';
import type { CheckRoleResponse, ValidateResponse } from '../../gen/postern/auth/v1/auth_service';
import {
  apiKeyMessage,
  batchMessage,
  checkRoleMessage,
  newApiKeyMessage,
  sessionMessage,
  tokenPairMessage,
  userMessage,
  validateMessage,
} from './messages';
import type { HandledCall } from './method';
import type { AuthHandlers } from './methods';

/**
 * `postern.auth.v1.AuthService` over the domain: wire messages in and out, and the user that a call is about to its log
 * line.
 */
export function authService(useCases: UseCases['auth']): AuthHandlers {
  /** A handler of a call that proves itself by the caller's own credential. */
  const forBearer =
    <Request, Response>(run: (request: Request, caller: Principal, call: Call) => Promise<Response>) =>
    async (request: Request, call: HandledCall): Promise<Response> => {
      const caller = await useCases.authenticate(call);
      call.userId = caller.userId;
      return run(request, caller, call);
    };
  return {
    async register({ email, username, password }, call) {
      const user = await useCases.register({ email, username, password }, call);
      call.userId = user.id;
      return { user: userMessage(user) };
    },
    async login({ username, password, deviceName }, call) {
      const { tokens, user } = await useCases.login({ username, password, deviceName }, call);
      call.userId = user.id;
      return { tokens: tokenPairMessage(tokens), user: userMessage(user) };
    },
    async refresh({ refreshToken }, call) {
      const tokens = await useCases.refresh({ refreshToken }, call);
      call.userId = tokens.userId;
      return { tokens: tokenPairMessage(tokens) };
    },
    validate(request, call) {
      const found = useCases.validate(request, call);
      return found instanceof Promise ? found.then((it) => answerValidate(it, call)) : answerValidate(found, call);
    },
    checkRole(request, call) {
      const held = useCases.checkRole(request, call);
      return held instanceof Promise ? held.then((it) => answerCheckRole(it, call)) : answerCheckRole(held, call);
    },
    batchValidate({ accessTokens }, call) {
      const results = useCases.batchValidate(accessTokens, call);
      return results instanceof Promise ? results.then(batchMessage) : batchMessage(results);
    },
    async logout({ refreshToken }, call) {
      call.userId = (await useCases.logout({ refreshToken }, call))?.userId;
      return {};
    },
    getCurrentUser: forBearer(async (_request, caller, call) => ({
      user: userMessage(await useCases.getCurrentUser(caller, call)),
    })),
    listSessions: forBearer(async (_request, caller, call) => ({
      sessions: (await useCases.listSessions(caller, call)).map(sessionMessage),
    })),
    revokeSession: forBearer(async ({ sessionId }, caller, call) => {
      await useCases.revokeSession({ sessionId }, caller, call);
      return {};
    }),
    revokeAllSessions: forBearer(async ({ keepCurrent }, caller, call) => ({
      revokedCount: await useCases.revokeAllSessions({ keepCurrent }, caller, call),
    })),
    changePassword: forBearer(async ({ currentPassword, newPassword }, caller, call) => {
      await useCases.changePassword({ currentPassword, newPassword }, caller, call);
      return {};
    }),
    async exchangeApiKey({ apiKey, roles, ttlSeconds }, call) {
      const { userId, accessToken, expiresIn } = await useCases.exchangeApiKey({ apiKey, roles, ttlSeconds }, call);
      call.userId = userId;
      return { accessToken, expiresIn, tokenType: 'Bearer' };
    },
    createMyApiKey: forBearer(async ({ name, roles, expiresAt, allowedCidrs }, caller, call) =>
      newApiKeyMessage(await useCases.createMyApiKey({ name, roles, expiresAt, allowedCidrs }, caller, call)),
    ),
    listMyApiKeys: forBearer(async (_request, caller, call) => ({
      keys: (await useCases.listMyApiKeys(caller, call)).map(apiKeyMessage),
    })),
    revokeMyApiKey: forBearer(async ({ keyId }, caller, call) => {
      await useCases.revokeMyApiKey({ keyId }, caller, call);
      return {};
    }),
    async requestPasswordReset({ email }, call) {
      await useCases.requestPasswordReset({ email }, call);
      return {};
    },
    async resetPassword({ token, newPassword }, call) {
      call.userId = (await useCases.resetPassword({ token, newPassword }, call)).userId;
      return {};
    },
    requestEmailVerification: forBearer(async (_request, caller, call) => {
      await useCases.requestEmailVerification(caller, call);
      return {};
    }),
    async verifyEmail({ token }, call) {
      const { userId, email } = await useCases.verifyEmail({ token }, call);
      call.userId = userId;
      return { email };
    },
    requestEmailChange: forBearer(async ({ newEmail, password }, caller, call) => {
      await useCases.requestEmailChange({ newEmail, password }, caller, call);
      return {};
    }),
  };
}

function answerCheckRole(held: RoleHeld, call: HandledCall): CheckRoleResponse {
  call.userId = held.principal.userId;
  return checkRoleMessage(held);
}

function answerValidate(found: Principal | Anonymous, call: HandledCall): ValidateResponse {
  if (!isAnonymous(found)) call.userId = found.userId;
  return validateMessage(found);
}
