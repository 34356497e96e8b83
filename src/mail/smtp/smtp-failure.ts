import { ACCOUNT_TOKEN_PREFIX } from '../../auth/account-tokens/account-token-texts';
import { SendError } from '../mail-transport';

/** What nodemailer says of a failure. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

/** Filters that refuse a message name the link that they do not like, and with it the token. */
const ACCOUNT_TOKEN = new RegExp(`${ACCOUNT_TOKEN_PREFIX}[\\w-]+`, 'g');
const LONGEST_RESPONSE = 300;
/** There is no such mailbox, or no such domain (RFC 3463 section 3.2): the address is wrong for every sender. */
const NO_SUCH_MAILBOX = /^5\d\d[ -]5\.1\.(1|2|3|10)\b/;
/** Command names of nodemailer whose refusal is about the one message. */
const ABOUT_MESSAGE = /^(RCPT TO|DATA)/;

/** What a failure of SMTP is about, in words without the recipient's address and without credentials. */
export function toSendError(error: unknown, recipient: string): SendError {
  const { code = '', command = '', response = '', responseCode = 0, message } = error as SmtpError;
  if (response === '') return new SendError('service', `${explain(code, message)} (${code || 'unknown'})`);
  const reply = hideRecipient(response, recipient)
    .replace(ACCOUNT_TOKEN, '[token]')
    .replace(/\s+/g, ' ')
    .slice(0, LONGEST_RESPONSE);
  const text = `The mail server answered ${command || 'the connection'} with: ${reply}`;
  const isAboutMessage = (code === 'EENVELOPE' || code === 'EMESSAGE') && ABOUT_MESSAGE.test(command);
  // 421: the server closes the connection, whatever was asked (RFC 5321 section 3.8).
  if (!isAboutMessage || responseCode === 421) return new SendError('service', text);
  const isUnknown = command.startsWith('RCPT TO') && NO_SUCH_MAILBOX.test(response);
  return new SendError(isUnknown ? 'recipient' : 'message', text);
}

const EXPLAINED: Readonly<Record<string, string>> = {
  EDNS: 'The host of SMTP_URL has no address',
  ECONNECTION: 'The mail server closed the connection, or takes none',
  ESOCKET: 'The connection to the mail server failed',
  ETIMEDOUT: 'The mail server did not answer in time',
  ETLS: 'The mail server offers no STARTTLS, or its certificate is not valid for the host',
  EAUTH: 'The mail server does not take the user and password of SMTP_URL',
  EABORT: 'The mail server did not answer in time',
  EPROTOCOL: 'What answers at SMTP_URL does not speak SMTP',
};

/**
 * Of the system and of OpenSSL; those of nodemailer say no more than the code. Bounded on both sides of the word: a
 * text of a server that has it nowhere would be searched again from each of its characters to its end.
 */
const DETAIL = /(ECONN\w+|EHOST\w+|ENET\w+|ENOTFOUND|EAI_AGAIN|EPIPE|[\w -]{0,100}certificate[\w -]{0,100})/i;

/** The two ways to TLS, mixed up: what OpenSSL says of an answer without TLS, and nodemailer of a server that waits. */
const NO_IMPLICIT_TLS = /wrong version number|packet length too long/;
const NO_GREETING = /greeting never received/i;

function explain(code: string, message: string): string {
  if (NO_IMPLICIT_TLS.test(message)) return 'The mail server speaks no TLS from the first byte: smtp:// is STARTTLS';
  if (NO_GREETING.test(message)) {
    return 'The mail server did not answer in time; one that speaks TLS from the first byte is reached by smtps://';
  }
  const detail = DETAIL.exec(message);
  const what = EXPLAINED[code] ?? 'The mail could not be handed over';
  return detail === null ? what : `${what}: ${detail[0].trim()}`;
}

function hideRecipient(response: string, recipient: string): string {
  if (recipient === '') return response;
  const [local = ''] = recipient.split('@');
  const hidden = response.replaceAll(recipient, '...').replaceAll(recipient.toLowerCase(), '...');
  return local.length > 2 ? hidden.replaceAll(`${local}@`, '...@') : hidden;
}
