import { codePoints, type FieldCheck } from '../accounts/account-fields';
import { printableText } from '../accounts/printable-text';
import type { StoredUser } from '../accounts/users';
import type { Networks } from './networks';

const DAY_MS = 86_400_000;
const DEFAULT_LIFETIME_MS = 90 * DAY_MS;
export const MAX_LIFETIME_MS = 366 * DAY_MS;
const MAX_NAME_LENGTH = 128;
const MAX_CIDRS = 32;

/** What a caller asks of a new key. */
export interface ApiKeyFields {
  readonly name: string;
  /** Of those that the owner holds; empty: all of them, as they are now. */
  readonly roles: readonly string[];
  /** Unset: 90 days from now. */
  readonly expiresAt: Date | undefined;
  /** Empty: from everywhere. */
  readonly allowedCidrs: readonly string[];
}

/** The same, checked and complete. */
export type CheckedApiKeyFields = ApiKeyFields & { readonly expiresAt: Date };

/** Adds what is wrong with the fields to `check`. @throws AuthError INVALID_FIELDS with every violation */
export function checkApiKeyFields(
  check: FieldCheck,
  { roles, expiresAt, allowedCidrs, ...fields }: ApiKeyFields,
  owner: Pick<StoredUser, 'roles'>,
  { now, networks }: { readonly now: number; readonly networks: Networks },
): CheckedApiKeyFields {
  const name = printableText(fields.name);
  const cidrs = allowedCidrs.map((cidr) => networks.parse(cidr));
  check
    .add('name', nameFault(name))
    .add('roles', rolesFault(roles, owner.roles))
    .add('expires_at', expiryFault(expiresAt, now))
    .add('allowed_cidrs', cidrsFault(cidrs))
    .done();
  return {
    name,
    roles: roles.length === 0 ? [...owner.roles] : [...new Set(roles)],
    expiresAt: expiresAt ?? new Date(now + DEFAULT_LIFETIME_MS),
    allowedCidrs: [...new Set(cidrs.filter((cidr) => cidr !== undefined))],
  };
}

function rolesFault(roles: readonly string[], held: readonly string[]): string | undefined {
  return roles.every((role) => held.includes(role)) ? undefined : 'Each role must be one that the owner holds';
}

function nameFault(name: string): string | undefined {
  const length = codePoints(name);
  return length < 1 || length > MAX_NAME_LENGTH ? `Must have 1 to ${MAX_NAME_LENGTH} characters` : undefined;
}

function expiryFault(expiresAt: Date | undefined, now: number): string | undefined {
  if (expiresAt === undefined) return undefined;
  const lifetime = expiresAt.getTime() - now;
  // A time that is none is NaN, and neither of these.
  return lifetime > 0 && lifetime <= MAX_LIFETIME_MS ? undefined : 'Must be in the future, at most 366 days from now';
}

function cidrsFault(cidrs: readonly (string | undefined)[]): string | undefined {
  if (cidrs.length > MAX_CIDRS) return `Give at most ${MAX_CIDRS} networks`;
  return cidrs.includes(undefined)
    ? 'Each must be a network such as 10.0.0.0/8 or 2001:db8::/32, or an address'
    : undefined;
}
