import type { Call } from '../call';
import type { OutgoingMail } from './outgoing-mail';

/** A mail that this process alone may send until its lease ends. */
export interface ClaimedMail {
  readonly mail: OutgoingMail;
  /** Which attempt this is, from 1 on; with the id it names the claim, so that one that has lapsed changes nothing. */
  readonly attempt: number;
}

export interface OutboxBacklog {
  /** Mails that have not been finished, right to what was acknowledged a moment ago. */
  readonly waiting: number;
  /** `requestedAt` of the oldest of them; undefined when none waits. */
  readonly oldest: Date | undefined;
}

/** The longest lease and the longest pause. */
export const LONGEST_DELAY_MS = 3_600_000;

/**
 * The mails that are still to be sent, shared by all replicas. Availability, deadlines and durability as for `Users`:
 * what was added is there until it is finished, also after a crash. Times of leases and pauses are the engine's, so
 * that replicas with different clocks agree.
 */
export interface MailOutbox {
  /** Adds mails that are due at once; all are durable when it resolves. One that is there already is left as it is. */
  add(mails: readonly OutgoingMail[], call: Call): Promise<void>;
  /**
   * Takes the mail that is due the longest, for `leaseMs` (at most LONGEST_DELAY_MS): of any number of parallel claims
   * one gets it. Mails that have never been tried come first, in the order of their ids. Undefined when none is due. A
   * lease that is neither finished nor postponed lapses, and the mail is due again.
   */
  claim(leaseMs: number, call: Call): Promise<ClaimedMail | undefined>;
  /** Removes a mail that was sent or given up. Returns false, and changes nothing, when the claim has lapsed. */
  finish(claimed: ClaimedMail, call: Call): Promise<boolean>;
  /**
   * Makes a mail due again after `delayMs`, at most LONGEST_DELAY_MS; 0 releases it at once. Returns false, and changes
   * nothing, when the claim has lapsed.
   */
  postpone(claimed: ClaimedMail, delayMs: number, call: Call): Promise<boolean>;
  backlog(call: Call): Promise<OutboxBacklog>;
}
