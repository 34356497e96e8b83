import { codePoints, emailFault, type RoleRules, rolesFault, usernameFault } from '../accounts/account-fields';
import { printableText } from '../accounts/printable-text';
import type { ImportedRow, ImportField } from './imported-row';

/** The first time that systems of today can have made an account at, and more than any clock is ahead. */
const EARLIEST = Date.UTC(1970, 0, 1);
const CLOCK_SKEW_MS = 24 * 60 * 60 * 1_000;
const LONGEST_EXTERNAL_ID = 256;
const LONGEST_HASH = 4_096;

export interface RowFault {
  readonly field: ImportField;
  readonly description: string;
}

/** The first field of a row that breaks a rule, or undefined; the rules are those of Register and CreateUser. */
export function findRowFault(row: ImportedRow, rules: RoleRules, now: number): RowFault | undefined {
  const checks: [ImportField, string | undefined][] = [
    ['external_id', externalIdFault(row.externalId)],
    ['email', emailFault(row.email)],
    ['username', usernameFault(row.username)],
    ['roles', row.roles.length === 0 ? undefined : rolesFault(row.roles, rules)],
    ['created_at', createdAtFault(row.createdAt, now)],
    ['password_hash', row.passwordHash.length > LONGEST_HASH ? 'Must have at most 4096 characters' : undefined],
  ];
  for (const [field, description] of checks) if (description !== undefined) return { field, description };
  return undefined;
}

function externalIdFault(externalId: string): string | undefined {
  const length = codePoints(externalId);
  if (length < 1 || length > LONGEST_EXTERNAL_ID) return 'Must have 1 to 256 characters: the id of the account there';
  const isPlain = externalId.isWellFormed() && printableText(externalId) === externalId;
  return isPlain ? undefined : 'Must be text without control characters and surrounding space';
}

function createdAtFault(createdAt: Date | undefined, now: number): string | undefined {
  if (createdAt === undefined) return undefined;
  const time = createdAt.getTime();
  return time >= EARLIEST && time <= now + CLOCK_SKEW_MS ? undefined : 'Must be a time from 1970 until now';
}
