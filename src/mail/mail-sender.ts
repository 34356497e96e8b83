import type { Call } from '../auth/call';
import type { ClaimedMail, MailOutbox } from '../auth/outgoing-mail/mail-outbox';
import type { AttemptEnd, MailAttempt } from './mail-attempt';
import { servicePause } from './retry-delay';
import { Wait } from './wait';

export interface MailSenderOptions {
  readonly outbox: MailOutbox;
  readonly attempt: Pick<MailAttempt, 'run' | 'abort'>;
  readonly internalCall: () => Call;
  /** How long a claim holds; longer than an attempt with its aftermath can take. */
  readonly leaseMs?: number;
  /** How often it looks for mails when there are none. */
  readonly pollMs?: number;
  /** Hears once when mail cannot be sent any more, and once when it can again. */
  readonly onServiceChange: (change: { readonly takesMail: boolean; readonly problem: string }) => void;
  /** The outbox could not be read. */
  readonly onProblem: (problem: string, cause: unknown) => void;
}

/** How long a claim holds a mail. */
export const LEASE_MS = 120_000;
const POLL_MS = 1_000;

/**
 * Sends what waits in the outbox, one mail after the other: the next one is claimed when the last one has left the
 * outbox, so that a process that is killed repeats one message at most. Every replica runs one.
 */
export class MailSender {
  readonly #wait = new Wait();
  #running: Promise<void> | undefined;
  #isStopping = false;
  #serviceFailures = 0;
  #storeFailures = 0;

  constructor(private readonly options: MailSenderOptions) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Claims nothing more. What is under way goes on. */
  beginStop(): void {
    this.#isStopping = true;
    this.#wait.end();
  }

  /** Resolves when nothing is under way any more; what is not over after `graceMs` is aborted and released. */
  async stop(graceMs: number): Promise<void> {
    this.beginStop();
    const timer = setTimeout(() => this.options.attempt.abort(), Math.max(0, graceMs));
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const pauseMs = await this.#sendNext();
      if (pauseMs > 0 && !this.#isStopping) await this.#wait.for(pauseMs);
    }
  }

  /** Returns how long to wait before the next one, in ms. */
  async #sendNext(): Promise<number> {
    const { outbox, internalCall, leaseMs = LEASE_MS, pollMs = POLL_MS, onProblem } = this.options;
    let claimed: ClaimedMail | undefined;
    try {
      claimed = await outbox.claim(leaseMs, internalCall());
    } catch (cause) {
      this.#storeFailures += 1;
      if (this.#storeFailures === 1) onProblem('The mail outbox cannot be read; mail waits', cause);
      return servicePause(this.#storeFailures);
    }
    this.#storeFailures = 0;
    if (claimed === undefined) return pollMs;
    const isServiceFailing = this.#serviceFailures > 0;
    const end = await this.options.attempt.run(claimed, { isServiceFailing });
    return this.#pauseAfter(end);
  }

  #pauseAfter({ service, problem }: AttemptEnd): number {
    if (service === 'not asked') return 0;
    const { onServiceChange } = this.options;
    if (service === 'failed') {
      this.#serviceFailures += 1;
      if (this.#serviceFailures === 1) onServiceChange({ takesMail: false, problem });
      return servicePause(this.#serviceFailures);
    }
    if (this.#serviceFailures > 0) onServiceChange({ takesMail: true, problem: '' });
    this.#serviceFailures = 0;
    return 0;
  }
}
