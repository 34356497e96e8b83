import type { Users } from '../accounts/users';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import type { LoginFailures } from '../login/login-failures';
import { type AddMailsDeps, addMails, demandMail } from '../outgoing-mail/add-mails';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';
import { loadPerson } from './set-user-password';

export interface SendPasswordResetDeps extends EndAllSessionsDeps, AddMailsDeps {
  readonly users: Users;
  readonly loginFailures: LoginFailures;
}

/**
 * Ends all sessions of a user, forgets failed logins, and sends the mail with which the owner sets a new password. The
 * password of before stays good until then.
 *
 * @throws AuthError MAIL_OFF, USER_NOT_FOUND, SERVICE_ACCOUNT
 */
export function sendPasswordReset(deps: SendPasswordResetDeps) {
  return async ({ userId }: { readonly userId: string }, actorId: string, call: Call): Promise<void> => {
    demandMail(deps);
    const { username, email: address } = await loadPerson(deps.users, userId, call);
    await endAllSessions(deps, userId, { reason: 'revoked_by_admin', actorId }, call);
    await deps.loginFailures.clear(userId, call);
    await addMails(deps, [{ kind: 'password-reset', address, userId }], call);
    recordEvent(deps.events, call, 'password.reset_requested', { userId, username, actorId });
  };
}
