import type { ImportedRow } from './imported-row';

/** SHA-256, cut to 128 bits, as text without dots. */
export interface RowDigests {
  digest(text: string): string;
}

/** Instead of the digest of a hash that was wrapped. */
const WRAPPED = 'wrapped';

/**
 * What remains of a row to know it again, whatever became of the account since. The hash has a digest of its own, and
 * only where it is not wrapped: the digest of a fast hash would be as good to guess passwords by as that hash.
 */
export function digestRow(digests: RowDigests, row: ImportedRow, isWrapped: boolean): string {
  const ofHash = isWrapped ? WRAPPED : digests.digest(row.passwordHash);
  return `${digests.digest(serializeContent(row))}.${ofHash}`;
}

/** Whether a row is the one that left this digest. Two hashes that were wrapped count as the same. */
export function isSameRow(digests: RowDigests, row: ImportedRow, left: string): boolean {
  const [content, ofHash] = left.split('.');
  if (content !== digests.digest(serializeContent(row))) return false;
  return ofHash === WRAPPED ? row.passwordHash !== '' : ofHash === digests.digest(row.passwordHash);
}

function serializeContent({ email, username, emailVerified, active = true, roles, createdAt }: ImportedRow): string {
  return JSON.stringify([email, username, emailVerified, active, [...new Set(roles)].sort(), createdAt ?? null]);
}
