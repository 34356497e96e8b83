import type { MailKind, OutgoingMail } from './outgoing-mail';

/** What a template can show. */
export interface MailValues {
  readonly username: string;
  readonly link?: string;
  readonly email?: string;
  readonly expiresInMinutes?: number;
}

/** A mail as the sender gets it right before it is sent. */
export interface ComposedMail {
  readonly to: string;
  readonly kind: MailKind;
  readonly values: MailValues;
}

/**
 * What to send for a mail; undefined when there is nothing to send any more. Asked before every attempt, and answers
 * the same for the same mail as long as what it rests on is the same. Rejects when the store is out of reach.
 */
export type ComposeMail = (mail: OutgoingMail) => Promise<ComposedMail | undefined>;
