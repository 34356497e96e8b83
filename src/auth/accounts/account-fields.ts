import { AuthError, type Violation } from '../errors';
import type { AccessTokens } from '../tokens/access-tokens';

/** All error details of a call travel in one trailer, and clients refuse trailers over 8 KiB. */
const MAX_DESCRIPTION = 500;
const MOST_NAMES = 20;

function shortened(description: string): string {
  return description.length > MAX_DESCRIPTION ? `${description.slice(0, MAX_DESCRIPTION - 1)}…` : description;
}

/** Collects what is wrong with the fields of one request, so that the caller hears of all of it at once. */
export class FieldCheck {
  readonly #violations: Violation[] = [];

  /** Adds what a rule complained of, if it did. */
  add(field: string, description: string | undefined): this {
    if (description !== undefined) this.#violations.push({ field, description: shortened(description) });
    return this;
  }

  /** @throws AuthError INVALID_FIELDS with every violation */
  done(): void {
    if (this.#violations.length > 0) throw new AuthError('INVALID_FIELDS', { violations: this.#violations });
  }
}

/** Characters that nothing shows (RFC 8264 section 9.13): with them a name could look like another's. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const USERNAME = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]*$/u;
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN_LABEL = /^[\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;

/** What is wrong with a new username, or undefined. */
export function usernameFault(username: string): string | undefined {
  const length = codePoints(username);
  if (length < 3 || length > 64) return 'Must have 3 to 64 characters';
  if (!USERNAME.test(username) || INVISIBLE.test(username)) {
    return 'May contain letters, digits, ".", "_" and "-", and must begin with a letter or a digit';
  }
  return undefined;
}

/** What is wrong with a new email (RFC 5321 section 4.1.2, RFC 6531), or undefined. */
export function emailFault(email: string): string | undefined {
  if (email.length > 254) return 'Must have at most 254 characters';
  const at = email.lastIndexOf('@');
  const local = email.slice(0, Math.max(at, 0));
  const labels = email.slice(at + 1).split('.');
  const wellFormed =
    at > 0 &&
    !INVISIBLE.test(email) &&
    local.length <= 64 &&
    LOCAL_PART.test(local) &&
    labels.every((label) => label.length <= 63 && DOMAIN_LABEL.test(label));
  return wellFormed ? undefined : 'Must be an email address such as ada@example.com, without surrounding space';
}

/** What is wrong with the name of a device, or undefined. */
export function deviceNameFault(name: string): string | undefined {
  return codePoints(name) > 128 ? 'Must have at most 128 characters' : undefined;
}

/** What roles may be given. */
export interface RoleRules {
  /** ROLES. */
  readonly knownRoles: readonly string[];
  readonly accessTokens: Pick<AccessTokens, 'fits'>;
}

/** What is wrong with a list of roles to give, or undefined. */
export function rolesFault(roles: readonly string[], { knownRoles, accessTokens }: RoleRules): string | undefined {
  if (!roles.every((role) => knownRoles.includes(role))) return `Each role must be one of: ${listSome(knownRoles)}`;
  return accessTokens.fits(roles) ? undefined : 'Are more than an access token can hold; give fewer, or shorter ones';
}

/** As many as make a text that people read to its end. */
function listSome(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** Length in Unicode code points (NIST SP 800-63B-4 section 3.1.1.2). */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
