import { type VoidAccountTokensDeps, voidAccountTokens } from '../account-tokens/void-account-tokens';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import { type ProvePasswordDeps, provePassword } from '../login/prove-password';
import { type AddMailsDeps, addPasswordNotice } from '../outgoing-mail/add-mails';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';
import { demandSession, loadUser } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';
import { FieldCheck } from './account-fields';
import { newPasswordFault, type PasswordPolicy, presentedPasswordFault } from './password-policy';
import type { Users } from './users';

export interface ChangePasswordInput {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export interface ChangePasswordDeps extends EndAllSessionsDeps, ProvePasswordDeps, VoidAccountTokensDeps, AddMailsDeps {
  readonly users: Users;
  readonly passwordPolicy: PasswordPolicy;
}

/**
 * Sets a new password, ends the other sessions and voids account tokens. Guesses at the current one count as failed
 * logins.
 *
 * @throws AuthError BAD_CREDENTIALS, INVALID_FIELDS, RATE_LIMITED, OVERLOADED, TOKEN_REVOKED, USER_INACTIVE,
 *   SESSION_REQUIRED
 */
export function changePassword(deps: ChangePasswordDeps) {
  return async (input: ChangePasswordInput, caller: Principal, call: Call): Promise<void> => {
    demandSession(caller);
    const { userId, sessionId } = caller;
    const user = await loadUser(deps, caller, call);
    new FieldCheck()
      .add('current_password', presentedPasswordFault(input.currentPassword))
      .add('new_password', newPasswordFault(input.newPassword, user, deps.passwordPolicy))
      .done();
    const { passwordHash } = user;
    const proof = await provePassword(
      deps,
      {
        account: userId,
        subject: { userId, username: user.username, loginDigest: '' },
        passwordHash,
        password: input.currentPassword,
      },
      call,
    );
    if (!proof.matches) {
      recordEvent(deps.events, call, 'login.failed', {
        userId,
        username: user.username,
        reason: 'wrong_current_password',
      });
      throw new AuthError('BAD_CREDENTIALS');
    }
    await deps.loginFailures.succeed(userId, call.source, deps.clock.now(), call);
    const to = await deps.hasher.hash(input.newPassword, call);
    throwIfEnded(call, deps.clock);
    // Before and after: a call that dies in between has not left the other devices signed in behind a new password.
    const end = { reason: 'password_changed', except: sessionId } as const;
    await endAllSessions(deps, userId, end, call);
    // The current session first moves to the epoch that the change will begin; alone, that has no effect.
    await deps.sessions.setEpoch(sessionId, user.sessionEpoch + 1, call);
    const changed = await deps.users.replacePasswordHash(userId, { from: passwordHash, to, voidSessions: true }, call);
    if (changed === undefined) throw new AuthError('BAD_CREDENTIALS');
    await endAllSessions(deps, userId, end, call);
    await voidAccountTokens(deps, userId, call);
    await addPasswordNotice(deps, user, call);
    recordEvent(deps.events, call, 'password.changed', { userId, username: user.username });
  };
}
