import type { UseCases } from '../../auth/use-cases';
import {
  batchResultMessage,
  checkRoleMessage,
  sessionMessage,
  tokenPairMessage,
  userMessage,
  validateMessage,
} from './messages';
import type { AuthHandlers } from './methods';

/** `postern.auth.v1.AuthService` over the domain: wire messages in and out, nothing else. */
export function authService(useCases: UseCases['auth']): AuthHandlers {
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
