import { emailFault, FieldCheck } from '../accounts/account-fields';
import { presentedPasswordFault } from '../accounts/password-policy';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import { type ProvePasswordDeps, provePassword } from '../login/prove-password';
import { type AddMailsDeps, demandMail } from '../outgoing-mail/add-mails';
import { EMAIL_CHANGE_LIMITS, MAIL_LIMITS, type MailLimits, mailSubject } from '../outgoing-mail/mail-limits';
import { demandSession, loadUser } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';
import type { AccountTokensDeps } from './find-account-token';
import { ACCOUNT_TOKEN_TTL_MS } from './stored-account-tokens';

/** The window of EMAIL_CHANGE_LIMITS, at most. */
const HOUR_SECONDS = 3_600;

export interface RequestEmailChangeInput {
  readonly newEmail: string;
  readonly password: string;
}

export type RequestEmailChangeDeps = AccountTokensDeps &
  AddMailsDeps &
  ProvePasswordDeps & { readonly mailLimits: MailLimits };

/**
 * Asks for a mail to a new address of the caller's, whose token makes it the caller's, and for a notice to the present
 * one. Guesses at the password count as failed logins. Whether another user has the address shows only when the token
 * comes back: a caller could try addresses otherwise. For the same reason nothing shows that an address has had its
 * share of mails; that a user has asked for too many addresses is said.
 *
 * @throws AuthError MAIL_OFF, SESSION_REQUIRED, INVALID_FIELDS, BAD_CREDENTIALS, RATE_LIMITED, OVERLOADED,
 *   TOKEN_REVOKED, USER_INACTIVE
 */
export function requestEmailChange(deps: RequestEmailChangeDeps) {
  return async (input: RequestEmailChangeInput, caller: Principal, call: Call): Promise<void> => {
    demandMail(deps);
    demandSession(caller);
    const [id, noticeId] = [deps.ids.next(), deps.ids.next()];
    const user = await loadUser(deps, caller, call);
    const { id: userId, username, email, sessionEpoch: epoch, passwordHash } = user;
    const address = input.newEmail.trim();
    new FieldCheck()
      .add('new_email', emailFault(address) ?? (address === email ? 'Is the address already' : undefined))
      .add('password', presentedPasswordFault(input.password))
      .done();
    const subject = { userId, username, loginDigest: '' };
    const { password } = input;
    const proof = await provePassword(deps, { account: userId, subject, passwordHash, password }, call);
    if (!proof.matches) {
      recordEvent(deps.events, call, 'login.failed', { userId, username, reason: 'wrong_current_password' });
      throw new AuthError('BAD_CREDENTIALS');
    }
    await deps.loginFailures.succeed(userId, call.source, deps.clock.now(), call);
    throwIfEnded(call, deps.clock);
    const now = deps.clock.now();
    // Before the token is issued, which voids the one before: a second press of the button that brings no second mail
    // leaves the link of the first one good.
    if (!(await deps.mailLimits.take(`email-change of ${userId}`, id, EMAIL_CHANGE_LIMITS, now, call))) {
      throw new AuthError('RATE_LIMITED', { userId, retryAfterSeconds: HOUR_SECONDS });
    }
    if (!(await deps.mailLimits.take(mailSubject('email-change', address), id, MAIL_LIMITS, now, call))) return;
    // Issued for the epoch in which the password was proved, not by the sender: a password that is changed or reset in
    // the meantime voids it, however long this call has taken.
    const purpose = 'email-change';
    const { tokenHash } = deps.accountTokenTexts.derive(id);
    const expiresAt = new Date(now + ACCOUNT_TOKEN_TTL_MS[purpose]);
    const token = { id, purpose, userId, address, epoch, tokenHash, expiresAt } as const;
    if ((await deps.accountTokens.issue(token, call)) === 'superseded') return;
    const requestedAt = new Date(now);
    await deps.mailOutbox.add(
      [
        { id, kind: 'email-change', address, userId, requestedAt },
        { id: noticeId, kind: 'email-change-notice', address: email, newAddress: address, userId, requestedAt },
      ],
      call,
    );
  };
}
