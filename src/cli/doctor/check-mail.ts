import { systemClock } from '../../auth/clock';
import { createMailTransport } from '../../composition/open-mail';
import type { MailConfig } from '../../config/config';
import { type Finding, fault, ok } from './finding';

const TIMEOUT_MS = 15_000;

/** Connects to the mail server or webhook, as the service would, and sends nothing. */
export async function checkMail(mail: MailConfig | undefined): Promise<Finding> {
  if (mail === undefined) return ok('mail', 'Off: no user can reset a password or verify an address by mail; see MAIL');
  const transport = createMailTransport(mail, systemClock);
  try {
    await transport.check(AbortSignal.timeout(TIMEOUT_MS));
    const how = mail.delivery.kind === 'smtp' ? 'takes mail of this service' : 'answers; whether it takes mail: ';
    const advice = mail.delivery.kind === 'smtp' ? '' : 'postern mail test ADDRESS';
    return ok('mail', `${transport.description} ${how}${advice}`);
  } catch (error) {
    return fault('mail', `${transport.description}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    transport.close();
  }
}
