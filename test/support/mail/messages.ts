import type { MailMessage } from '../../../src/mail/mail-transport';
import { anId } from '../domain/builders';

/** A fresh message. */
export function aMessage(overrides: Partial<MailMessage> = {}): MailMessage {
  return {
    id: anId(),
    kind: 'password-reset',
    to: 'ada@example.com',
    userId: anId(),
    requestedAt: new Date(),
    language: 'en',
    subject: 'Reset your password',
    text: 'Hello ada,\n\nhttps://app.example.com/reset#token=pstv_x\n',
    html: '<p>Hello ada</p>\n',
    values: { username: 'ada', link: 'https://app.example.com/reset#token=pstv_x', expiresInMinutes: 30 },
    ...overrides,
  };
}
