import type { Call } from '../auth/call';
import type { Clock } from '../auth/clock';
import type { ComposedMail, ComposeMail } from '../auth/outgoing-mail/composed-mail';
import type { ClaimedMail, MailOutbox } from '../auth/outgoing-mail/mail-outbox';
import type { OutgoingMail } from '../auth/outgoing-mail/outgoing-mail';
import type { MailTransport } from './mail-transport';
import { SendError } from './mail-transport';
import { renderMail, type Templates } from './render-mail';
import { retryDelay } from './retry-delay';
import { Wait } from './wait';

/** What has become of a mail. */
export type MailOutcome = 'sent' | 'retried' | 'given_up' | 'dropped' | 'released';

export interface MailReport {
  readonly mail: OutgoingMail;
  readonly outcome: MailOutcome;
  readonly attempt: number;
  /** Why it was not sent; empty when it was. */
  readonly problem: string;
}

export interface MailAttemptOptions {
  readonly outbox: MailOutbox;
  readonly compose: ComposeMail;
  readonly transport: Pick<MailTransport, 'send'>;
  readonly templates: Templates;
  readonly clock: Clock;
  readonly internalCall: () => Call;
  readonly onReport: (report: MailReport) => void;
  readonly sendTimeoutMs?: number;
  readonly giveUpAfterMs?: number;
}

/** How an attempt ended, and what it says of the mail server: the next attempt depends on that. */
export interface AttemptEnd {
  readonly outcome: MailOutcome;
  readonly problem: string;
  readonly service: 'answered' | 'failed' | 'not asked';
}

const HOUR_MS = 3_600_000;
const SEND_TIMEOUT_MS = 60_000;
/** How long an outbox that is out of reach is asked again to strike out a mail that was sent; within the lease. */
const FINISH_WITHIN_MS = 40_000;
const FINISH_EVERY_MS = 250;

/** One attempt to send a mail that was claimed, and what becomes of its row. */
export class MailAttempt {
  readonly #aborted = new AbortController();
  readonly #wait = new Wait();

  constructor(private readonly options: MailAttemptOptions) {}

  /** Ends what is under way, and all attempts to come, as soon as possible. */
  abort(): void {
    this.#aborted.abort();
    this.#wait.end();
  }

  /** Never rejects: a mail whose row cannot be changed is due again when its lease lapses. */
  async run(claimed: ClaimedMail, { isServiceFailing }: { readonly isServiceFailing: boolean }): Promise<AttemptEnd> {
    const { clock, giveUpAfterMs = 24 * HOUR_MS } = this.options;
    const isTooOld = clock.now() - claimed.mail.requestedAt.getTime() >= giveUpAfterMs;
    // What was never tried is tried once, unless nothing can be sent anyway.
    if (isTooOld && (claimed.attempt > 1 || isServiceFailing)) {
      return this.#giveUp(claimed, `It was not sent in ${giveUpAfterMs / HOUR_MS} hours`, 'not asked');
    }
    let composed: ComposedMail | undefined;
    try {
      composed = await this.options.compose(claimed.mail);
    } catch {
      return this.#retry(claimed, 'What it is to say could not be looked up', 'not asked');
    }
    if (composed === undefined) {
      await this.#finish(claimed);
      return this.#report(claimed, {
        outcome: 'dropped',
        problem: 'Nothing is to be said any more',
        service: 'not asked',
      });
    }
    return this.#send(claimed, composed);
  }

  async #send(claimed: ClaimedMail, composed: ComposedMail): Promise<AttemptEnd> {
    const { transport, templates, sendTimeoutMs = SEND_TIMEOUT_MS } = this.options;
    const signal = AbortSignal.any([this.#aborted.signal, AbortSignal.timeout(sendTimeoutMs)]);
    try {
      await transport.send(renderMail(claimed.mail, composed, templates), signal);
    } catch (error) {
      const { scope, message } = error instanceof SendError ? error : new SendError('message', String(error));
      if (this.#aborted.signal.aborted) return this.#release(claimed);
      if (scope === 'recipient') return this.#giveUp(claimed, message, 'answered');
      return this.#retry(claimed, message, scope === 'service' ? 'failed' : 'answered');
    }
    await this.#finish(claimed);
    return this.#report(claimed, { outcome: 'sent', problem: '', service: 'answered' });
  }

  async #retry(claimed: ClaimedMail, problem: string, service: AttemptEnd['service']): Promise<AttemptEnd> {
    await this.#postpone(claimed, retryDelay(claimed.attempt));
    return this.#report(claimed, { outcome: 'retried', problem, service });
  }

  async #release(claimed: ClaimedMail): Promise<AttemptEnd> {
    await this.#postpone(claimed, 0);
    return this.#report(claimed, { outcome: 'released', problem: 'The process ends', service: 'not asked' });
  }

  async #giveUp(claimed: ClaimedMail, problem: string, service: AttemptEnd['service']): Promise<AttemptEnd> {
    // Where another claim holds it by now, that one reports it.
    const outcome = (await this.#finish(claimed)) ? 'given_up' : 'released';
    return this.#report(claimed, { outcome, problem, service });
  }

  #report({ mail, attempt }: ClaimedMail, end: AttemptEnd): AttemptEnd {
    this.options.onReport({ mail, attempt, outcome: end.outcome, problem: end.problem });
    return end;
  }

  async #postpone(claimed: ClaimedMail, delayMs: number): Promise<void> {
    const { outbox, internalCall } = this.options;
    // Otherwise the lease lapses by itself.
    await outbox.postpone(claimed, delayMs, internalCall()).catch(() => false);
  }

  /**
   * Removes a mail for good. Where it was sent it must not stay for another claim, so an outbox that is out of reach,
   * for example because its primary changes, is asked again. False when another claim holds the mail.
   */
  async #finish(claimed: ClaimedMail): Promise<boolean> {
    const { outbox, internalCall, clock } = this.options;
    const until = clock.monotonic() + FINISH_WITHIN_MS;
    let isUnclear = false;
    for (;;) {
      try {
        // A try whose answer was lost may have removed it.
        return (await outbox.finish(claimed, internalCall())) || isUnclear;
      } catch {
        isUnclear = true;
        if (this.#aborted.signal.aborted || clock.monotonic() > until) return false;
        await this.#wait.for(FINISH_EVERY_MS);
      }
    }
  }
}
