import { type FailureScope, type MailMessage, type MailTransport, SendError } from '../mail-transport';
import { signWebhook } from './webhook-signature';

export interface WebhookOptions {
  readonly url: string;
  /** What stands behind `whsec_`. */
  readonly secretBase64: string;
  readonly now: () => number;
}

/** Refusals of what was posted, not of the sender. */
const ABOUT_MESSAGE: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
const REFUSES_SENDER: ReadonlySet<number> = new Set([401, 403]);
/** What a proxy says for a receiver that is not there. */
const IS_DOWN: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Posts mail as JSON to a service of the operator. Any answer of 2xx takes the message. Where it is posted is the
 * operator's alone to say: redirects are not followed, and nothing that a user chose is in the URL or in a header.
 */
export function createWebhookTransport({ url, secretBase64, now }: WebhookOptions): MailTransport {
  // Node loads what fetch is made of when it is first used, which takes some 20 ms: here, at the start, no call waits.
  const target = new Request(url, { redirect: 'manual' });
  const ask = async (id: string, payload: object | undefined, signal: AbortSignal): Promise<number> => {
    const body = payload && JSON.stringify(payload);
    try {
      const signed = signWebhook(secretBase64, id, now(), body ?? '');
      const sent =
        body === undefined
          ? { method: 'HEAD', headers: { ...signed } }
          : { method: 'POST', headers: { 'content-type': 'application/json', ...signed }, body };
      const response = await fetch(target, { ...sent, signal });
      // Whatever it says beyond the status is of no interest.
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      throw new SendError('service', explain(error));
    }
  };

  return {
    // The path may hold a secret of the operator's.
    description: new URL(url).origin,
    async send(message, signal) {
      const status = await ask(message.id, toPayload(message), signal);
      if (status < 200 || status > 299) throw new SendError(judge(status), describeStatus(status));
    },
    async check(signal) {
      // Signed like a mail, so that a receiver that looks at the signature first says what it thinks of it; and nothing
      // is posted that could be taken for one. 404, 405 and the like only say that the receiver knows no HEAD.
      const status = await ask('check', undefined, signal);
      if (status >= 300 && status <= 399) throw new SendError('service', describeStatus(status));
      if (REFUSES_SENDER.has(status) || IS_DOWN.has(status)) throw new SendError('service', describeStatus(status));
    },
    close: () => undefined,
  };
}

function toPayload({ kind, requestedAt, to, userId, language, subject, text, html, values }: MailMessage): object {
  const { username, link, email, expiresInMinutes } = values;
  return {
    type: `mail.${kind}`,
    timestamp: requestedAt.toISOString(),
    data: {
      to,
      user_id: userId,
      username,
      link,
      email,
      expires_in_minutes: expiresInMinutes,
      language,
      subject,
      text,
      html,
    },
  };
}

function judge(status: number): FailureScope {
  return ABOUT_MESSAGE.has(status) ? 'message' : 'service';
}

function describeStatus(status: number): string {
  if (status >= 300 && status <= 399) return `The webhook answered ${status}, a redirect, which is not followed`;
  if (REFUSES_SENDER.has(status)) {
    return `The webhook answered ${status}: compare its secret with MAIL_WEBHOOK_SECRET, and its clock with this one`;
  }
  return `The webhook answered ${status}`;
}

function explain(error: unknown): string {
  const { name = '', cause } = error as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError' || name === 'AbortError') return 'The webhook did not answer in time';
  return `The webhook could not be reached (${cause?.code ?? name})`;
}
