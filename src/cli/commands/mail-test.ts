import { v7 } from 'uuid';
import { emailFault } from '../../auth/accounts/account-fields';
import { systemClock } from '../../auth/clock';
import { createMailTransport } from '../../composition/open-mail';
import { loadSettings } from '../../config/config';
import { type MailMessage, SendError } from '../../mail/mail-transport';
import { type Command, CommandError, JSON_HELP, JSON_OPTION } from '../command';
import { printJson } from '../print';

const TIMEOUT_MS = 60_000;

export const mailTest: Command = {
  summary: 'sends a test mail to ADDRESS by the mail settings, past the queue',
  help: `postern mail test ADDRESS [--json]

Says what the mail server or the webhook answered. Needs the service's environment and no store. That it was taken does
not mean that it arrives: look into the mailbox, and into its folder of junk.

${JSON_HELP}`,
  options: JSON_OPTION,
  operands: { min: 1, max: 1 },
  async run({ json }, terminal, [address = '']) {
    const wrong = emailFault(address);
    if (wrong !== undefined) throw new CommandError(`The address is refused: ${wrong}`);
    const { mail } = loadSettings();
    if (mail === undefined) throw new CommandError('Mail is off: set MAIL to smtp or webhook, as for the service');
    const transport = createMailTransport(mail, systemClock);
    const message = buildTestMessage(address);
    try {
      await transport.send(message, AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      throw new CommandError(`${transport.description} did not take the mail. ${error.message}`);
    } finally {
      transport.close();
    }
    if (json === true) printJson(terminal, { id: message.id, takenBy: transport.description });
    else terminal.stdout.write(`${transport.description} took the mail ${message.id}\n`);
    return 0;
  },
};

function buildTestMessage(to: string): MailMessage {
  const text = 'This is a test: the operator of Postern checks that its mail arrives. You need not do anything.';
  return {
    id: v7(),
    kind: 'test',
    to,
    userId: '',
    requestedAt: new Date(),
    language: 'en',
    subject: 'A test mail of Postern',
    text: `${text}\n`,
    html: `<p>${text}</p>\n`,
    values: {},
  };
}
