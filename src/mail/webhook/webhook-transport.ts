import { type FailureScope, type MailMessage, type MailTransport, SendError } from '../mail-transport';
import { signWebhook } from './webhook-signature';

export interface WebhookOptions {
  readonly url: string;
  /** What stands behind `whsec_`. */
  readonly secretBase64: string;
  readonly now: () => number;
}

/** Refusals of what was posted, not of whoever posts it. */
const ABOUT_MESSAGE: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

/**
 * Posts mail as JSON to a service of the operator. Any answer of 2xx takes the message. Where it is posted is the
 * operator's alone to say: redirects are not followed, and nothing that a user chose is in the URL or in a header.
 */
export function createWebhookTransport({ url, secretBase64, now }: WebhookOptions): MailTransport {
  const post = async (id: string, payload: object, signal: AbortSignal): Promise<number> => {
    const body = JSON.stringify(payload);
    try {
      const headers = { 'content-type': 'application/json', ...signWebhook(secretBase64, id, now(), body) };
      const response = await fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal });
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
      const status = await post(message.id, toPayload(message), signal);
      if (status < 200 || status > 299) throw new SendError(judge(status), describeStatus(status));
    },
    async check(signal) {
      // A name and a certificate are looked at, and nothing is posted that could be taken for a mail.
      try {
        const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
        await response.body?.cancel();
      } catch (error) {
        throw new SendError('service', explain(error));
      }
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
  return `The webhook answered ${status}`;
}

function explain(error: unknown): string {
  const { name = '', cause } = error as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError' || name === 'AbortError') return 'The webhook did not answer in time';
  return `The webhook could not be reached (${cause?.code ?? name})`;
}
