import type { StoredUser, Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { type AddMailsDeps, addMails, demandMail } from '../outgoing-mail/add-mails';
import { demandSession, loadUser } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';

export type RequestEmailVerificationDeps = AddMailsDeps & { readonly users: Users; readonly events: Events };

/**
 * Asks for a mail that verifies the caller's address; for one that is verified already, nothing happens.
 *
 * @throws AuthError MAIL_OFF, SESSION_REQUIRED, TOKEN_REVOKED, USER_INACTIVE
 */
export function requestEmailVerification(deps: RequestEmailVerificationDeps) {
  return async (caller: Principal, call: Call): Promise<void> => {
    demandMail(deps);
    demandSession(caller);
    const user = await loadUser(deps, caller, call);
    throwIfEnded(call, deps.clock);
    if (!user.emailVerified) await startVerification(deps, user, call);
  };
}

/** Puts the mail that verifies a user's address into the outbox. */
export async function startVerification(
  deps: AddMailsDeps & { readonly events: Events },
  { id: userId, username, email: address }: StoredUser,
  call: Call,
): Promise<void> {
  await addMails(deps, [{ kind: 'email-verification', address, userId }], call);
  recordEvent(deps.events, call, 'email.verification_requested', { userId, username });
}
