import { emailKey } from '../accounts/names';
import type { Call } from '../call';
import type { MailKind } from './outgoing-mail';

export interface MailLimit {
  readonly count: number;
  readonly windowMs: number;
}

const HOUR_MS = 3_600_000;

/** One mail a minute and five an hour: of one kind with a token, to one address. */
export const MAIL_LIMITS: readonly MailLimit[] = [
  { count: 1, windowMs: 60_000 },
  { count: 5, windowMs: HOUR_MS },
];

/**
 * Five an hour: notices of one kind to one address. Who has registered the address of another person could otherwise
 * fill a mailbox by changing the password again and again; the owner has had five warnings by then.
 */
export const NOTICE_LIMITS: readonly MailLimit[] = [{ count: 5, windowMs: HOUR_MS }];

/**
 * Five an hour: new addresses that one user asks for. The limit of an address alone would let one user write to any
 * number of strangers, and to one mailbox by any number of sub-addresses (`ada+1@`, `ada+2@`).
 */
export const EMAIL_CHANGE_LIMITS: readonly MailLimit[] = [{ count: 5, windowMs: HOUR_MS }];

/** The subject that mails of a kind to an address are counted by; the spelling of the address makes no difference. */
export function mailSubject(kind: MailKind, address: string): string {
  return `${kind} ${emailKey(address)}`;
}

/**
 * Counts the mails of one subject (a kind of mail and an address or a user), shared by all replicas and durable.
 * Availability, deadlines and durability as for `Users`. The subject is kept as a digest only; its count goes by itself
 * when the longest window is over.
 */
export interface MailLimits {
  /**
   * Counts the mail of this id if the limits allow it, atomically: of any number of parallel mails no more than a limit
   * pass in its window. A mail that was let through before passes again and is not counted again; one that is refused
   * is not counted. A count that seems to be of the future was made before the clock was set back: it counts as of now.
   */
  take(subject: string, mailId: string, limits: readonly MailLimit[], at: number, call: Call): Promise<boolean>;
}
