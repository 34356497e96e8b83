import { foldCase } from './case-folding';

const ASCII_ONLY = /^[\0-\x7f]*$/;
/** What a host name may consist of; anything else the URL parser would read as something other than a host. */
const HOST = /^[\p{L}\p{M}\p{N}.-]+$/u;

/**
 * The form in which usernames are compared (Unicode Standard, section 3.13, D146): compatibility characters decomposed,
 * full case folding, NFKC. "straße" meets "STRASSE"; a dotless i stays one.
 */
export function comparisonKey(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toLowerCase();
  return foldCase(text.normalize('NFKD')).normalize('NFKC');
}

/**
 * The form in which emails are compared: as `comparisonKey`, with the domain as the DNS knows it (A-labels, UTS #46),
 * so that the two ways to write an internationalised domain are one. A domain that IDNA does not allow is compared as
 * text.
 */
export function emailKey(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 0) return comparisonKey(email);
  return `${comparisonKey(email.slice(0, at))}@${domainKey(email.slice(at + 1))}`;
}

/** What no name of a store is longer than; what follows in a text that was typed does not count. */
const LONGEST_LOGIN = 256;

/** The form in which what was typed as a username or an email is compared: two texts that name one account are one. */
export function loginKey(login: string): string {
  const name = login.trim().slice(0, LONGEST_LOGIN);
  return name.includes('@') ? emailKey(name) : comparisonKey(name);
}

/** Whether the email or the username begins with this, compared by their keys; a service account has no email. */
export function hasNamePrefix(user: { readonly email: string; readonly username: string }, prefix: string): boolean {
  return hasPrefix(user, 'email', prefix) || hasPrefix(user, 'username', prefix);
}

export function hasPrefix(
  { email, username }: { readonly email: string; readonly username: string },
  name: 'email' | 'username',
  prefix: string,
): boolean {
  if (name === 'username') return comparisonKey(username).startsWith(comparisonKey(prefix));
  return email !== '' && emailKey(email).startsWith(emailKey(prefix));
}

function domainKey(domain: string): string {
  // The full stops of other scripts are dots too (UTS #46 section 4, mapping).
  const host = domain.normalize('NFKC').replaceAll('\u3002', '.');
  // ASCII is the form already; the URL parser would read digits as an IPv4 address.
  if (ASCII_ONLY.test(host)) return host.toLowerCase();
  const url = `ws://${host}`;
  return HOST.test(host) && URL.canParse(url) ? new URL(url).hostname : comparisonKey(host);
}
