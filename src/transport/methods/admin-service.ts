import type { Actor } from '../../auth/admin/authorize';
import type { createUser } from '../../auth/admin/create-user';
import type { deleteUser } from '../../auth/admin/delete-user';
import type { getUser, UserKey } from '../../auth/admin/get-user';
import type { listAuditEvents } from '../../auth/admin/list-audit-events';
import type { listUsers } from '../../auth/admin/list-users';
import type { revokeUserSessions } from '../../auth/admin/revoke-user-sessions';
import type { rotateSigningKey } from '../../auth/admin/rotate-signing-key';
import type { setUserActive } from '../../auth/admin/set-user-active';
import type { setUserRoles } from '../../auth/admin/set-user-roles';
import type { unlockUser } from '../../auth/admin/unlock-user';
import type { Call } from '../../auth/call';
import type * as wire from '../../gen/postern/auth/v1/admin_service';
import { userMessage } from './messages';
import type { Handler } from './method';

export interface AdminUseCases {
  /** Who calls, who must be an admin. */
  readonly authorize: (call: Call) => Actor;
  readonly createUser: ReturnType<typeof createUser>;
  readonly getUser: ReturnType<typeof getUser>;
  readonly listUsers: ReturnType<typeof listUsers>;
  readonly setUserRoles: ReturnType<typeof setUserRoles>;
  readonly setUserActive: ReturnType<typeof setUserActive>;
  readonly deleteUser: ReturnType<typeof deleteUser>;
  readonly revokeUserSessions: ReturnType<typeof revokeUserSessions>;
  readonly unlockUser: ReturnType<typeof unlockUser>;
  readonly listAuditEvents: ReturnType<typeof listAuditEvents>;
  readonly rotateSigningKey: ReturnType<typeof rotateSigningKey>;
}

export interface AdminHandlers {
  readonly createUser: Handler<wire.CreateUserRequest, wire.CreateUserResponse>;
  readonly getUser: Handler<wire.GetUserRequest, wire.GetUserResponse>;
  readonly listUsers: Handler<wire.ListUsersRequest, wire.ListUsersResponse>;
  readonly setUserRoles: Handler<wire.SetUserRolesRequest, wire.SetUserRolesResponse>;
  readonly setUserActive: Handler<wire.SetUserActiveRequest, wire.SetUserActiveResponse>;
  readonly deleteUser: Handler<wire.DeleteUserRequest, wire.DeleteUserResponse>;
  readonly revokeUserSessions: Handler<wire.RevokeUserSessionsRequest, wire.RevokeUserSessionsResponse>;
  readonly unlockUser: Handler<wire.UnlockUserRequest, wire.UnlockUserResponse>;
  readonly listAuditEvents: Handler<wire.ListAuditEventsRequest, wire.ListAuditEventsResponse>;
  readonly rotateSigningKey: Handler<wire.RotateSigningKeyRequest, wire.RotateSigningKeyResponse>;
}

/** `postern.auth.v1.AdminService` over the domain. Every call proves itself an admin's before anything else is looked at. */
export function adminService(useCases: AdminUseCases): AdminHandlers {
  const { authorize } = useCases;
  return {
    async createUser({ email, username, password, roles }, call) {
      const { actorId } = authorize(call);
      return { user: userMessage(await useCases.createUser({ email, username, password, roles }, actorId, call)) };
    },
    async getUser({ key }, call) {
      authorize(call);
      return { user: userMessage(await useCases.getUser(userKey(key), call)) };
    },
    async listUsers({ pageSize, pageToken, query }, call) {
      authorize(call);
      const { users, nextPageToken } = await useCases.listUsers({ pageSize, pageToken, query }, call);
      return { users: users.map(userMessage), nextPageToken };
    },
    async setUserRoles({ userId, roles }, call) {
      const { actorId } = authorize(call);
      return { user: userMessage(await useCases.setUserRoles({ userId, roles }, actorId, call)) };
    },
    async setUserActive({ userId, active }, call) {
      const { actorId } = authorize(call);
      return { user: userMessage(await useCases.setUserActive({ userId, active }, actorId, call)) };
    },
    async deleteUser({ userId }, call) {
      await useCases.deleteUser({ userId }, authorize(call).actorId, call);
      return {};
    },
    async revokeUserSessions({ userId }, call) {
      return { revokedCount: await useCases.revokeUserSessions({ userId }, authorize(call).actorId, call) };
    },
    async unlockUser({ userId }, call) {
      await useCases.unlockUser({ userId }, authorize(call).actorId, call);
      return {};
    },
    async listAuditEvents(request, call) {
      authorize(call);
      return useCases.listAuditEvents(request, call);
    },
    async rotateSigningKey({ leadSeconds }, call) {
      const { actorId } = authorize(call);
      return { keyId: await useCases.rotateSigningKey({ actorId, leadSeconds }, call) };
    },
  };
}

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
