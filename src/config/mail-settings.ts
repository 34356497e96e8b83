import { oneOf } from './parse';
import { linkTemplate, mailbox, smtpUrl, webhookSecret, webhookUrl } from './parse-mail';
import { optional, secret, setting } from './setting';

/** How mail goes out, and where its links lead. */
export const MAIL_SETTINGS = {
  via: setting(
    'MAIL',
    'off',
    oneOf('off', 'smtp', 'webhook'),
    'What sends mail: `off` nothing, `smtp` a mail server, `webhook` a service of yours; see mail.md',
  ),
  smtp: secret(
    optional(
      'SMTP_URL',
      '`smtp://USER:PASSWORD@HOST:587` (STARTTLS is demanded unless the host is loopback) or `smtps://USER:PASSWORD@HOST:465`; necessary with `MAIL=smtp`',
      smtpUrl,
    ),
  ),
  from: optional(
    'MAIL_FROM',
    'Who mail is from: `no-reply@example.com` or `Example <no-reply@example.com>`; necessary with `MAIL=smtp`',
    mailbox,
  ),
  webhookUrl: secret(
    optional(
      'MAIL_WEBHOOK_URL',
      'Where each mail is posted to as JSON; https, or http to loopback; necessary with `MAIL=webhook`',
      webhookUrl,
    ),
  ),
  webhookSecret: secret(
    optional(
      'MAIL_WEBHOOK_SECRET',
      'Signs what is posted, as Standard Webhooks say: `whsec_` and the base64 of 24 to 64 bytes; necessary with `MAIL=webhook`',
      webhookSecret,
    ),
  ),
  resetUrl: optional(
    'RESET_URL',
    'The page on which a password is reset, with `{token}` where the token stands; https, or http to loopback; necessary with mail',
    linkTemplate,
  ),
  verifyUrl: optional(
    'VERIFY_URL',
    'The page on which an address is verified, with `{token}` where the token stands; https, or http to loopback; necessary with mail',
    linkTemplate,
  ),
  templates: optional(
    'MAIL_TEMPLATES',
    'A directory with your own texts of all mails instead of the English ones; see mail.md',
  ),
} as const;
