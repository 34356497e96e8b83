import { FieldCheck } from '../accounts/account-fields';
import type { PasswordHasher } from '../accounts/password-hasher';
import { newPasswordFault, type PasswordPolicy, presentedPasswordFault } from '../accounts/password-policy';
import type { StoredUser } from '../accounts/users';
import { type EndAllApiKeysDeps, endAllApiKeys } from '../api-keys/end-all-api-keys';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import type { LoginFailures } from '../login/login-failures';
import { type AddMailsDeps, addPasswordNotice } from '../outgoing-mail/add-mails';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';
import { type AccountTokensDeps, consumeAccountToken, findAccountToken } from './find-account-token';
import { voidAccountTokens } from './void-account-tokens';

export interface ResetPasswordInput {
  readonly token: string;
  readonly newPassword: string;
}

export interface ResetPasswordDeps extends AccountTokensDeps, EndAllSessionsDeps, EndAllApiKeysDeps, AddMailsDeps {
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly loginFailures: LoginFailures;
}

/**
 * Sets a new password by a token, and does not log in. Everything that another person may have left behind ends:
 * sessions always, API keys where the address was not proved before.
 *
 * @throws AuthError INVALID_ACCOUNT_TOKEN; INVALID_FIELDS and OVERLOADED, and the token stays good
 */
export function resetPassword(deps: ResetPasswordDeps) {
  return async (input: ResetPasswordInput, call: Call): Promise<{ readonly userId: string }> => {
    const { newPassword } = input;
    new FieldCheck().add('new_password', presentedPasswordFault(newPassword)).done();
    const usable = await findAccountToken(deps, input.token, ['password-reset'], call);
    const { user } = usable;
    new FieldCheck().add('new_password', newPasswordFault(newPassword, user, deps.passwordPolicy)).done();
    const to = await deps.hasher.hash(newPassword, call);
    throwIfEnded(call, deps.clock);
    await consumeAccountToken(deps, usable, call);
    await replacePassword(deps, user, to, call);
    await deps.loginFailures.clear(user.id, call);
    await voidAccountTokens(deps, user.id, call);
    await addPasswordNotice(deps, user, call);
    return { userId: user.id };
  };
}

async function replacePassword(deps: ResetPasswordDeps, user: StoredUser, to: string, call: Call): Promise<void> {
  const { id: userId, username, email, emailVerified, sessionEpoch: epoch } = user;
  const endEverything = async (): Promise<void> => {
    await endAllSessions(deps, userId, { reason: 'password_changed' }, call);
    if (!emailVerified) await endAllApiKeys(deps, userId, call);
  };
  // Before and after: a call that dies in between leaves no session behind a new password, and no key behind an
  // address that looks as if it had been verified before.
  await endEverything();
  const changed = await deps.users.setPasswordHash(userId, { to, epoch, email, provesEmail: true }, call);
  if (changed === undefined) throw new AuthError('INVALID_ACCOUNT_TOKEN', { userId });
  await endEverything();
  recordEvent(deps.events, call, 'password.reset', { userId, username });
  if (!emailVerified) recordEvent(deps.events, call, 'email.verified', { userId, username, reason: 'password_reset' });
}
