import { resolve } from 'node:path';
import type { Diagnostics } from './environment';
import type { MAIL_SETTINGS } from './mail-settings';
import { DEFAULT_TEMPLATES, type MailTemplates, readMailTemplates } from './mail-templates';
import type { Mailbox, SmtpServer } from './parse-mail';
import type { UncheckedValuesOf } from './setting';

/** How mail is sent; there is none of it with `MAIL=off`. */
export interface MailConfig {
  readonly delivery:
    | { readonly kind: 'smtp'; readonly server: SmtpServer; readonly from: Mailbox }
    | { readonly kind: 'webhook'; readonly url: string; readonly secretBase64: string };
  /** With `{token}`. */
  readonly resetUrl: string;
  /** With `{token}`. */
  readonly verifyUrl: string;
  readonly templates: MailTemplates;
}

type Values = UncheckedValuesOf<typeof MAIL_SETTINGS>;

/**
 * The mail settings as a whole; reads the templates. What is missing or wrong is added to `faults`, what has no effect
 * to `warnings`.
 *
 * @param given the names of all variables that are set, whether or not their values could be read
 */
export function buildMailConfig(
  values: Values,
  given: { has(name: string): boolean },
  directory: string,
  { faults, warnings }: Diagnostics,
): MailConfig | undefined {
  const { via, smtp, from, webhookUrl, webhookSecret, resetUrl, verifyUrl } = values;
  if (via === undefined) return undefined;
  const needed = NEEDED_WITH[via];
  for (const name of needed) {
    const isSaid = faults.some((fault) => fault.startsWith(`${name}_FILE:`));
    if (!given.has(name) && !isSaid) faults.push(`${name}: is not set; it is necessary with MAIL=${via}`);
  }
  const idle = ALL_NAMES.filter((name) => given.has(name) && !needed.includes(name));
  if (via === 'off') {
    for (const name of [...idle, 'MAIL_TEMPLATES'].filter((name) => given.has(name))) {
      warnings.push(`${name} is set and has no effect, because MAIL is off`);
    }
    return undefined;
  }
  for (const name of idle) warnings.push(`${name} is set and has no effect with MAIL=${via}`);
  const templates = readMailTemplates(
    values.templates === undefined ? DEFAULT_TEMPLATES : resolve(directory, values.templates),
    faults,
  );
  const delivery =
    via === 'smtp'
      ? smtp && from && { kind: via, server: smtp, from }
      : webhookUrl && webhookSecret && { kind: via, url: webhookUrl, secretBase64: webhookSecret };
  if (!delivery || resetUrl === undefined || verifyUrl === undefined || templates === undefined) return undefined;
  return { delivery, resetUrl, verifyUrl, templates };
}

const LINKS = ['RESET_URL', 'VERIFY_URL'];
const NEEDED_WITH: Record<NonNullable<Values['via']>, readonly string[]> = {
  off: [],
  smtp: ['SMTP_URL', 'MAIL_FROM', ...LINKS],
  webhook: ['MAIL_WEBHOOK_URL', 'MAIL_WEBHOOK_SECRET', ...LINKS],
};
const ALL_NAMES = [...new Set(Object.values(NEEDED_WITH).flat())];
