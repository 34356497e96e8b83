import { startVerification } from '../account-tokens/request-email-verification';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import type { AddMailsDeps } from '../outgoing-mail/add-mails';
import { type CreateAccountDeps, createAccount } from './create-account';
import { publicUser, type User } from './users';

export interface RegisterInput {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** The role that every new user gets. */
export const DEFAULT_ROLE = 'user';

/**
 * Makes an active user; where mail is on, the address gets the mail that verifies it.
 *
 * @throws AuthError as `createAccount`
 */
export function register(deps: CreateAccountDeps & AddMailsDeps & { readonly events: Events }) {
  return async (input: RegisterInput, call: Call): Promise<User> => {
    const { email, username, password } = input;
    const user = await createAccount(deps, { email, username, password, roles: [DEFAULT_ROLE] }, call);
    recordEvent(deps.events, call, 'user.registered', { userId: user.id, username: user.username });
    if (deps.mailIsOn) await startVerification(deps, user, call);
    return publicUser(user);
  };
}
