import { createHmac } from 'node:crypto';

/** The headers that prove where a webhook comes from, when it was sent and that it was not changed. */
export interface WebhookHeaders {
  /** The same in every attempt. */
  readonly 'webhook-id': string;
  /** When this attempt was made, in seconds since the epoch. */
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Signs a body with HMAC-SHA-256, as Standard Webhooks 1.0 say. @param secretBase64 what stands behind `whsec_` */
export function signWebhook(secretBase64: string, id: string, sentAt: number, body: string): WebhookHeaders {
  const timestamp = String(Math.floor(sentAt / 1_000));
  const mac = createHmac('sha256', Buffer.from(secretBase64, 'base64')).update(`${id}.${timestamp}.${body}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac.digest('base64')}` };
}
