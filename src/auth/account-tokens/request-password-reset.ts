import { emailFault, FieldCheck } from '../accounts/account-fields';
import { type Call, throwIfEnded } from '../call';
import { type AddMailsDeps, addMails, demandMail } from '../outgoing-mail/add-mails';

/**
 * Asks for a mail that resets the password of the user with the address. One write, the same for every address: whether
 * there is an account, and how many mails it has had, is looked at in the background.
 *
 * @throws AuthError MAIL_OFF, INVALID_FIELDS
 */
export function requestPasswordReset(deps: AddMailsDeps) {
  return async (input: { readonly email: string }, call: Call): Promise<void> => {
    demandMail(deps);
    const address = input.email.trim();
    new FieldCheck().add('email', emailFault(address)).done();
    throwIfEnded(call, deps.clock);
    const { ipAddress, requestId } = call;
    await addMails(deps, [{ kind: 'password-reset', address, ipAddress, requestId }], call);
  };
}
