import { type VoidAccountTokensDeps, voidAccountTokens } from '../account-tokens/void-account-tokens';
import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import type { PasswordHasher } from '../accounts/password-hasher';
import { newPasswordFault, type PasswordPolicy } from '../accounts/password-policy';
import type { StoredUser, Users } from '../accounts/users';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import type { LoginFailures } from '../login/login-failures';
import { type AddMailsDeps, addPasswordNotice } from '../outgoing-mail/add-mails';
import { type EndAllSessionsDeps, endAllSessions } from '../sessions/end-sessions';

export interface SetUserPasswordDeps extends EndAllSessionsDeps, VoidAccountTokensDeps, AddMailsDeps {
  readonly users: Users;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly loginFailures: LoginFailures;
}

/** Changes of the same user that may come in between; each attempt that fails has been overtaken by one. */
const ATTEMPTS = 5;

/**
 * Sets a user's password, ends all sessions and forgets failed logins. The owner gets a notice where mail is on.
 *
 * @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, SERVICE_ACCOUNT, OVERLOADED
 */
export function setUserPassword(deps: SetUserPasswordDeps) {
  return async (
    input: { readonly userId: string; readonly newPassword: string },
    actorId: string,
    call: Call,
  ): Promise<void> => {
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.done();
    const user = await loadPerson(deps.users, userId, call);
    new FieldCheck().add('new_password', newPasswordFault(input.newPassword, user, deps.passwordPolicy)).done();
    const to = await deps.hasher.hash(input.newPassword, call);
    throwIfEnded(call, deps.clock);
    const end = { reason: 'password_changed', actorId } as const;
    // Before and after, as ChangePassword does.
    await endAllSessions(deps, userId, end, call);
    await writeHash(deps.users, user, to, call);
    await endAllSessions(deps, userId, end, call);
    await deps.loginFailures.clear(userId, call);
    await voidAccountTokens(deps, userId, call);
    await addPasswordNotice(deps, user, call);
    recordEvent(deps.events, call, 'password.changed', { userId, username: user.username, actorId });
  };
}

/** A user who has a password and an email. @throws AuthError USER_NOT_FOUND, SERVICE_ACCOUNT */
export async function loadPerson(users: Users, userId: string, call: Call): Promise<StoredUser> {
  const user = await users.findById(userId, call);
  if (user === undefined) throw new AuthError('USER_NOT_FOUND');
  if (user.kind === 'service') throw new AuthError('SERVICE_ACCOUNT');
  return user;
}

async function writeHash(users: Users, first: StoredUser, to: string, call: Call): Promise<void> {
  let user = first;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { id, email, sessionEpoch: epoch } = user;
    if ((await users.setPasswordHash(id, { to, epoch, email, provesEmail: false }, call)) !== undefined) return;
    user = await loadPerson(users, id, call);
  }
  throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
}
