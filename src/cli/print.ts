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
  const lines = [headings, ...rows.map((row) => row.map(cellText))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    stdout.write(
      `${line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
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
  for (const [name, cell] of Object.entries(fields)) stdout.write(`${name.padEnd(16)}${cellText(cell)}\n`);
}

/** What callers gave a name may hold what moves the cursor of a terminal. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function cellText(cell: Cell): string {
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  const text = typeof cell === 'object' ? cell.join(',') : String(cell);
  return text === '' ? '-' : text.replace(UNPRINTABLE, '?');
}
