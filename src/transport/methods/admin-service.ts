import type { UserKey } from '../../auth/admin/get-user';
import type { Call } from '../../auth/call';
import type { UseCases } from '../../auth/use-cases';
import type * as wire from '../../gen/postern/auth/v1/admin_service';
import { AccountTokenPurpose } from '../../gen/postern/auth/v1/admin_service';
import { apiKeyMessage, newApiKeyMessage, userMessage } from './messages';
import type { HandledCall } from './method';
import type { AdminHandlers } from './methods';

/**
 * `postern.auth.v1.AdminService` over the domain. Every call proves itself an admin's before anything else is looked
 * at.
 */
export function adminService(useCases: UseCases['admin']): AdminHandlers {
  /** A handler that gets the id of the admin who acts. */
  const asAdmin =
    <Request, Response>(run: (request: Request, actorId: string, call: Call) => Promise<Response>) =>
    async (request: Request, call: HandledCall): Promise<Response> => {
      const { actorId, userId } = await useCases.authorize(call);
      call.userId = userId;
      return run(request, actorId, call);
    };
  /** The same for calls that make credentials, which an API key must not. */
  const asSignedInAdmin =
    <Request, Response>(run: (request: Request, actorId: string, call: Call) => Promise<Response>) =>
    async (request: Request, call: HandledCall): Promise<Response> => {
      const { actorId, userId } = await useCases.authorizeSession(call);
      call.userId = userId;
      return run(request, actorId, call);
    };
  return {
    createUser: asAdmin(async ({ email, username, password, roles }, actorId, call) => ({
      user: userMessage(await useCases.createUser({ email, username, password, roles }, actorId, call)),
    })),
    getUser: asAdmin(async ({ key }, _, call) => ({ user: userMessage(await useCases.getUser(userKey(key), call)) })),
    listUsers: asAdmin(async ({ pageSize, pageToken, query }, _, call) => {
      const { users, nextPageToken } = await useCases.listUsers({ pageSize, pageToken, query }, call);
      return { users: users.map(userMessage), nextPageToken };
    }),
    setUserRoles: asAdmin(async ({ userId, roles }, actorId, call) => ({
      user: userMessage(await useCases.setUserRoles({ userId, roles }, actorId, call)),
    })),
    setUserActive: asAdmin(async ({ userId, active }, actorId, call) => ({
      user: userMessage(await useCases.setUserActive({ userId, active }, actorId, call)),
    })),
    deleteUser: asAdmin(async ({ userId }, actorId, call) => {
      await useCases.deleteUser({ userId }, actorId, call);
      return {};
    }),
    revokeUserSessions: asAdmin(async ({ userId }, actorId, call) => ({
      revokedCount: await useCases.revokeUserSessions({ userId }, actorId, call),
    })),
    unlockUser: asAdmin(async ({ userId }, actorId, call) => {
      await useCases.unlockUser({ userId }, actorId, call);
      return {};
    }),
    listAuditEvents: asAdmin((request, _, call) => useCases.listAuditEvents(request, call)),
    rotateSigningKey: asAdmin(async ({ leadSeconds }, actorId, call) => ({
      keyId: await useCases.rotateSigningKey({ actorId, leadSeconds }, call),
    })),
    createServiceAccount: asAdmin(async ({ username, roles }, actorId, call) => ({
      user: userMessage(await useCases.createServiceAccount({ username, roles }, actorId, call)),
    })),
    createApiKey: asSignedInAdmin(async ({ userId, name, roles, expiresAt, allowedCidrs }, actorId, call) => {
      const fields = { userId, name, roles, expiresAt, allowedCidrs };
      return newApiKeyMessage(await useCases.createApiKey(fields, actorId, call));
    }),
    listApiKeys: asAdmin(async ({ userId, pageSize, pageToken }, _, call) => {
      const { keys, nextPageToken } = await useCases.listApiKeys({ userId, pageSize, pageToken }, call);
      return { keys: keys.map(apiKeyMessage), nextPageToken };
    }),
    rotateApiKey: asSignedInAdmin(async ({ keyId, overlapSeconds }, actorId, call) =>
      newApiKeyMessage(await useCases.rotateApiKey({ keyId, overlapSeconds }, actorId, call)),
    ),
    revokeApiKey: asAdmin(async ({ keyId }, actorId, call) => {
      await useCases.revokeApiKey({ keyId }, actorId, call);
      return {};
    }),
    setUserPassword: asSignedInAdmin(async ({ userId, newPassword }, actorId, call) => {
      await useCases.setUserPassword({ userId, newPassword }, actorId, call);
      return {};
    }),
    setUserEmail: asSignedInAdmin(async ({ userId, email, verified }, actorId, call) => ({
      user: userMessage(await useCases.setUserEmail({ userId, email, verified }, actorId, call)),
    })),
    async createAccountToken({ userId, purpose }, call) {
      const maker = await useCases.authorizeTokenMaker(call);
      call.userId = maker.userId;
      return useCases.createAccountToken({ userId, purpose: PURPOSES.get(purpose) }, maker, call);
    },
  };
}

const PURPOSES: ReadonlyMap<AccountTokenPurpose, 'password-reset' | 'email-verification'> = new Map([
  [AccountTokenPurpose.ACCOUNT_TOKEN_PURPOSE_PASSWORD_RESET, 'password-reset'],
  [AccountTokenPurpose.ACCOUNT_TOKEN_PURPOSE_EMAIL_VERIFICATION, 'email-verification'],
]);

function userKey(key: wire.GetUserRequest['key']): UserKey | undefined {
  switch (key?.$case) {
    case 'userId':
      return { by: 'user_id', value: key.userId };
    case 'email':
      return { by: 'email', value: key.email };
    case 'username':
      return { by: 'username', value: key.username };
    default:
      return undefined;
  }
}
