import Mustache from 'mustache';
import type { ComposedMail } from '../auth/outgoing-mail/composed-mail';
import type { MailKind, OutgoingMail } from '../auth/outgoing-mail/outgoing-mail';
import type { MailMessage } from './mail-transport';

/** The texts of all mails in one language, checked: nothing in them can fail. */
export interface Templates {
  readonly language: string;
  readonly mails: Readonly<
    Record<MailKind, { readonly subject: string; readonly text: string; readonly html: string }>
  >;
}

/** The texts of a mail. Values are escaped in HTML, and stand as they are in plain text. */
export function renderMail(mail: OutgoingMail, { to, kind, values }: ComposedMail, templates: Templates): MailMessage {
  const { subject, text, html } = templates.mails[kind];
  const { expiresInMinutes } = values;
  const shown = {
    ...values,
    ...(expiresInMinutes !== undefined && { expiresInHours: Math.max(1, Math.round(expiresInMinutes / 60)) }),
  };
  return {
    id: mail.id,
    kind,
    to,
    userId: mail.userId ?? '',
    requestedAt: mail.requestedAt,
    language: templates.language,
    subject,
    text: Mustache.render(text, shown, {}, { escape: String }),
    html: Mustache.render(html, shown, {}, { escape: escapeHtml }),
    values: shown,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What text and quoted attributes need. Mustache itself would escape "/" and "=" too, and make links hard to find. */
function escapeHtml(value: unknown): string {
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
