import { type VoidAccountTokensDeps, voidAccountTokens } from '../account-tokens/void-account-tokens';
import { emailFault, FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { publicUser, type StoredUser, type User, type Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import { AuthError } from '../errors';
import { loadPerson } from './set-user-password';

export interface SetUserEmailInput {
  readonly userId: string;
  readonly email: string;
  /** Whether the actor vouches for it. */
  readonly verified: boolean;
}

export type SetUserEmailDeps = VoidAccountTokensDeps & { readonly users: Users; readonly events: Events };

/** Changes of the same user that may come in between; each attempt that fails has been overtaken by one. */
const ATTEMPTS = 5;

/** Sets a user's email. @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, SERVICE_ACCOUNT, EMAIL_TAKEN */
export function setUserEmail(deps: SetUserEmailDeps) {
  return async (input: SetUserEmailInput, actorId: string, call: Call): Promise<User> => {
    const { email: to, verified } = input;
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.add('email', emailFault(to)).done();
    const { before, user } = await replaceEmail(deps, userId, { to, verified }, call);
    const isOther = before.email !== to;
    const about = { userId, username: user.username, actorId };
    if (isOther) await voidAccountTokens(deps, userId, call);
    if (isOther) recordEvent(deps.events, call, 'email.changed', about);
    if (verified && (isOther || !before.emailVerified)) recordEvent(deps.events, call, 'email.verified', about);
    return publicUser(user);
  };
}

/** Voids before and after: a call that dies in between has left no token of before that works on the new address. */
async function replaceEmail(
  deps: SetUserEmailDeps,
  userId: string,
  change: { readonly to: string; readonly verified: boolean },
  call: Call,
): Promise<{ readonly before: StoredUser; readonly user: StoredUser }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await loadPerson(deps.users, userId, call);
    const { email: from, sessionEpoch: epoch } = before;
    if (before.email !== change.to) await voidAccountTokens(deps, userId, call);
    const user = await deps.users.replaceEmail(userId, { from, epoch, ...change }, call);
    if (user !== undefined) return { before, user };
  }
  throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
}
