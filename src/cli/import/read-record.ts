import type { ImportedRow, ImportField } from '../../auth/import/imported-row';

/** One account of an export as a format has it, before anything is known of its fields. */
export interface SourceRecord {
  /** Where it stands: `line 12`, or `user 3` where the export is one document. */
  readonly at: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A part of an export that is no account. */
export interface BrokenRecord {
  readonly at: string;
  readonly fault: string;
  /** What of it could be read, for the report. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The part itself, for the report, where it is not long. */
  readonly text?: string;
  /** Nothing can be read after it. */
  readonly isLast?: boolean;
}

/** A row, or the field that keeps a record from becoming one. */
export type ReadRow = { readonly row: ImportedRow } | { readonly field: ImportField; readonly fault: string };

/** What a record says of an account; values as they came. Undefined: it does not say. */
export type RawRow = { readonly [field in ImportField]?: unknown };

class FieldFault extends Error {
  constructor(
    readonly field: ImportField,
    message: string,
  ) {
    super(message);
  }
}

/** Makes a row of raw values; texts such as `t`, `TRUE` or a number of seconds are taken for what they mean. */
export function readRow(raw: RawRow): ReadRow {
  try {
    const email = text(raw, 'email');
    return {
      row: {
        externalId: text(raw, 'external_id'),
        email,
        username: text(raw, 'username') || nameFromEmail(email),
        emailVerified: flag(raw, 'email_verified') ?? false,
        active: flag(raw, 'active'),
        roles: roles(raw),
        createdAt: time(raw, 'created_at'),
        passwordHash: text(raw, 'password_hash'),
      },
    };
  } catch (error) {
    if (error instanceof FieldFault) return { field: error.field, fault: error.message };
    throw error;
  }
}

/** For systems that know people by their address alone. What is no username there is refused later, by its field. */
function nameFromEmail(email: string): string {
  return email.replace(/[^\p{L}\p{M}\p{Nd}._-]+/gu, '.');
}

function text(raw: RawRow, field: ImportField): string {
  const value = raw[field];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') {
    if (value.includes('\ufffd'))
      throw new FieldFault(field, 'Holds bytes that are not UTF-8; save the export as UTF-8');
    return value;
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value);
    throw new FieldFault(field, 'Is a number too large to be read exactly; write it as a text, in quotes');
  }
  throw new FieldFault(field, 'Must be a text');
}

const TRUE: ReadonlySet<unknown> = new Set([true, 1, '1', 't', 'true', 'yes', 'y']);
const FALSE: ReadonlySet<unknown> = new Set([false, 0, '0', 'f', 'false', 'no', 'n']);

function flag(raw: RawRow, field: ImportField): boolean | undefined {
  const value = raw[field];
  if (value === undefined || value === null || value === '') return undefined;
  const folded = typeof value === 'string' ? value.toLowerCase() : value;
  if (TRUE.has(folded)) return true;
  if (FALSE.has(folded)) return false;
  throw new FieldFault(field, 'Must be true or false');
}

function roles({ roles: value }: RawRow): string[] {
  if (value === undefined || value === null || value === '') return [];
  const list = typeof value === 'string' ? value.split(/[\s,;|]+/).filter((role) => role !== '') : value;
  if (Array.isArray(list) && list.every((role) => typeof role === 'string')) return list;
  throw new FieldFault('roles', 'Must be a list of names, or names with commas between');
}

/** Above it a number is ms since the epoch, below it seconds: the year 5138, and 1973. */
const MOST_SECONDS = 100_000_000_000;

function time(raw: RawRow, field: ImportField): Date | undefined {
  const value = raw[field];
  if (value === undefined || value === null || value === '') return undefined;
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{9,16}$/.test(value));
  const number = Number(value);
  // PostgreSQL writes `2023-01-02 03:04:05.678+00`; a time without a zone is UTC.
  const date = isNumber ? new Date(number < MOST_SECONDS ? number * 1_000 : number) : parseTime(value);
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw new FieldFault(field, 'Must be a time such as 2024-05-06T07:08:09Z, or seconds or ms since 1970');
  }
  return date;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i;

function parseTime(value: unknown): Date | undefined {
  const [, day, clock = '00:00', fraction = '', zone = 'Z'] = TIME.exec(String(value)) ?? [];
  if (day === undefined) return undefined;
  const hours = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone;
  const offset = /^[+-]\d{4}$/.test(hours) ? `${hours.slice(0, 3)}:${hours.slice(3)}` : hours;
  return new Date(`${day}T${clock}${fraction.slice(0, 4)}${/utc|z/i.test(offset) ? 'Z' : offset}`);
}
