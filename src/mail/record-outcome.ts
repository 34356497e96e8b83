import type { Logger } from 'pino';
import type { Events } from '../auth/audit/events';
import type { MailReport } from './mail-attempt';

export interface OutcomeRecorders {
  readonly events: Pick<Events, 'record'>;
  readonly log: Logger;
  readonly onMail: (kind: MailReport['mail']['kind'], outcome: MailReport['outcome']) => void;
}

/** Counts and logs how an attempt ended; a mail that was given up is in the audit trail too. */
export function recordOutcome(
  { mail, outcome, attempt, problem }: MailReport,
  { events, log, onMail }: OutcomeRecorders,
): void {
  const { id, kind, userId = '' } = mail;
  onMail(kind, outcome);
  const fields = { event: `mail.${outcome}`, mail: id, kind, user_id: userId, attempt, problem };
  if (outcome !== 'given_up') {
    log.debug(fields, 'An attempt to send a mail has ended');
    return;
  }
  log.error(fields, 'A mail was given up');
  const noUser = { username: '', loginDigest: '', actorId: '', ipAddress: '' };
  events.record({ type: 'mail.failed', userId, ...noUser, requestId: id, reason: kind });
}
