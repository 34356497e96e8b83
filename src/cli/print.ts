import type { User } from '../auth/accounts/users';
import type { Terminal } from './command';

export type Cell = string | number | boolean | Date | readonly string[];

/** One JSON document on a line of its own. */
export function printJson({ stdout }: Terminal, document: unknown): void {
  stdout.write(`${JSON.stringify(document)}\n`);
}

/** Columns under their headings; `none` stands where there are no rows. */
export function printTable(
  { stdout }: Terminal,
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  none: string,
): void {
  if (rows.length === 0) {
    stdout.write(`${none}\n`);
    return;
  }
  stdout.write(alignColumns([headings, ...rows.map((row) => row.map(cellText))]));
}

/** A line for each row; every column is as wide as its longest text. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** A user, a line for each field. */
export function printUser({ stdout }: Terminal, user: User, more: Readonly<Record<string, Cell>> = {}): void {
  const { id, username, email, active, roles, createdAt, emailVerified, externalId } = user;
  const fields = {
    id,
    username,
    email,
    active,
    roles,
    created: createdAt,
    'email verified': emailVerified,
    'external id': externalId,
    ...more,
  };
  stdout.write(alignColumns(Object.entries(fields).map(([name, cell]) => [name, cellText(cell)])));
}

/** What callers gave a name may hold what moves the cursor of a terminal. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function cellText(cell: Cell): string {
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  const text = typeof cell === 'object' ? cell.join(',') : String(cell);
  return text === '' ? '-' : text.replace(UNPRINTABLE, '?');
}
