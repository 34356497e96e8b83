import type { Logger } from 'pino';
import type { Events } from '../auth/audit/events';
import type { Call } from '../auth/call';
import type { Clock } from '../auth/clock';
import type { ComposeMail } from '../auth/outgoing-mail/composed-mail';
import type { MailOutbox } from '../auth/outgoing-mail/mail-outbox';
import type { Config, MailConfig } from '../config/config';
import { MailAttempt } from '../mail/mail-attempt';
import { MailSender } from '../mail/mail-sender';
import type { MailTransport } from '../mail/mail-transport';
import { recordOutcome } from '../mail/record-outcome';
import type { Metrics } from '../observability/metrics';
import type { Core } from './core';

export interface MailOptions {
  readonly outbox: MailOutbox;
  readonly compose: ComposeMail;
  readonly events: Events;
  readonly clock: Clock;
  readonly log: Logger;
  readonly internalCall: () => Call;
  readonly onMail: Metrics['onMail'];
}

/** Loads what the configuration names, and nothing else: a mail library costs the start time and memory. */
export function createMailTransport({ delivery }: MailConfig, clock: Clock): MailTransport {
  if (delivery.kind === 'smtp') {
    const { createSmtpTransport } =
      require('../mail/smtp/smtp-transport') as typeof import('../mail/smtp/smtp-transport');
    return createSmtpTransport(delivery);
  }
  const { createWebhookTransport } =
    require('../mail/webhook/webhook-transport') as typeof import('../mail/webhook/webhook-transport');
  return createWebhookTransport({ ...delivery, now: () => clock.now() });
}

/** Sends what waits in the outbox. What is given up is in the log, the audit log and the metrics. */
function startMailSender(config: MailConfig, options: MailOptions): Pick<MailSender, 'beginStop' | 'stop'> {
  const { outbox, compose, clock, log } = options;
  const transport = createMailTransport(config, clock);
  const attempt = new MailAttempt({
    outbox,
    compose,
    transport,
    templates: config.templates,
    clock,
    internalCall: options.internalCall,
    onReport: (report) => recordOutcome(report, options),
  });
  const sender = new MailSender({
    outbox,
    attempt,
    internalCall: options.internalCall,
    onServiceChange: ({ takesMail, problem }) =>
      takesMail
        ? log.info({ event: 'mail.service', to: transport.description }, 'Mail is taken again')
        : log.warn({ event: 'mail.service', to: transport.description, problem }, 'Mail is not taken; it waits'),
    onProblem: (problem, cause) => log.warn({ err: cause }, problem),
  });
  sender.start();
  return {
    beginStop: () => sender.beginStop(),
    async stop(graceMs) {
      await sender.stop(graceMs);
      transport.close();
    },
  };
}

/** A part of DRAIN_SECONDS that is left for what is closed after the sender. */
const DRAIN_RESERVE_MS = 700;

/**
 * The sender of a service; undefined where mail is off. `stop` lets what is under way end within DRAIN_SECONDS, counted
 * from `beginStop`, and releases it otherwise.
 */
export function startOutgoingMail(
  config: Pick<Config, 'mail' | 'drainMs'>,
  { store, composeMail, events, internalCall }: Pick<Core, 'store' | 'composeMail' | 'events' | 'internalCall'>,
  { clock, log, onMail }: Pick<MailOptions, 'clock' | 'log' | 'onMail'>,
): { beginStop(): void; stop(): Promise<void> } | undefined {
  if (config.mail === undefined || composeMail === undefined) return undefined;
  const outbox = store.mailOutbox;
  const options = { outbox, compose: composeMail, events, clock, log, internalCall, onMail };
  const sender = startMailSender(config.mail, options);
  let stopsAt = Number.POSITIVE_INFINITY;
  const beginStop = () => {
    stopsAt = Math.min(stopsAt, clock.monotonic() + config.drainMs - DRAIN_RESERVE_MS);
    sender.beginStop();
  };
  return {
    beginStop,
    async stop() {
      beginStop();
      await sender.stop(stopsAt - clock.monotonic());
    },
  };
}
