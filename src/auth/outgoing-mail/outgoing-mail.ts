/** What a mail is about; each kind has a template of its own. */
export type MailKind =
  | 'password-reset'
  | 'email-verification'
  | 'email-change'
  | 'email-change-notice'
  | 'password-changed-notice';

export const MAIL_KINDS: readonly MailKind[] = [
  'password-reset',
  'email-verification',
  'email-change',
  'email-change-notice',
  'password-changed-notice',
];

/** A mail to a user. It holds neither a token nor a text: both are made right before each sending. */
export interface OutgoingMail {
  /** A UUID of version 7; every attempt to send this mail carries it, so that a receiver can recognise a repetition. */
  readonly id: string;
  readonly kind: MailKind;
  /** Whom it goes to. */
  readonly address: string;
  /** Whose account it is about. */
  readonly userId?: string;
  readonly requestedAt: Date;
  /** Of a notice that an address is to change: to which. */
  readonly newAddress?: string;
  /** Where a call without a bearer that asked for it came from, and its id: for the audit trail. */
  readonly ipAddress?: string;
  readonly requestId?: string;
}
