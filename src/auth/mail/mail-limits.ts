import type { Call } from '../call';

export interface MailLimit {
  readonly count: number;
  readonly windowMs: number;
}

/** One mail a minute and five an hour: of one kind to one address. */
export const MAIL_LIMITS: readonly MailLimit[] = [
  { count: 1, windowMs: 60_000 },
  { count: 5, windowMs: 3_600_000 },
];

/**
 * Counts the mails of one subject (a kind of mail and an address), shared by all replicas and durable. Availability,
 * deadlines and durability as for `Users`. The subject is kept as a digest only; its count goes by itself when the
 * longest window is over.
 */
export interface MailLimits {
  /**
   * Counts the mail of this id if the limits allow it, atomically: of any number of parallel mails no more than a limit
   * pass in its window. A mail that was let through before passes again and is not counted again; one that is refused
   * is not counted. A count that seems to be of the future was made before the clock was set back: it counts as of now.
   */
  take(subject: string, mailId: string, limits: readonly MailLimit[], at: number, call: Call): Promise<boolean>;
}
