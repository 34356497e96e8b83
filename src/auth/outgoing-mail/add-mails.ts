import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { Ids } from '../ids';
import type { MailOutbox } from './mail-outbox';
import type { OutgoingMail } from './outgoing-mail';

export interface AddMailsDeps {
  readonly mailOutbox: Pick<MailOutbox, 'add'>;
  /** MAIL is not off. */
  readonly mailIsOn: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** @throws AuthError MAIL_OFF */
export function demandMail({ mailIsOn }: Pick<AddMailsDeps, 'mailIsOn'>): void {
  if (!mailIsOn) throw new AuthError('MAIL_OFF');
}

/** Puts mails into the outbox, durably; they are composed and sent in the background. */
export async function addMails(
  deps: AddMailsDeps,
  mails: readonly Omit<OutgoingMail, 'id' | 'requestedAt'>[],
  call: Call,
): Promise<void> {
  const requestedAt = new Date(deps.clock.now());
  const whole = mails.map((mail) => ({ ...mail, id: deps.ids.next(), requestedAt }));
  await deps.mailOutbox.add(whole, call);
}

/** The owner is notified of a new password, also of their own. Without mail nothing happens. */
export async function addPasswordNotice(
  deps: AddMailsDeps,
  { id: userId, email: address }: { readonly id: string; readonly email: string },
  call: Call,
): Promise<void> {
  if (deps.mailIsOn) await addMails(deps, [{ kind: 'password-changed-notice', address, userId }], call);
}
