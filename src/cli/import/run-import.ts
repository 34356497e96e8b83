import type { Call } from '../../auth/call';
import { systemClock } from '../../auth/clock';
import { BatchSize } from '../../auth/import/batch-size';
import { IMPORT_BATCH, type ImportOptions } from '../../auth/import/import-users';
import type { ImportedRow, ImportOutcome } from '../../auth/import/imported-row';
import { CommandError } from '../command';
import { checkColumns } from './check-columns';
import type { ExportFormat } from './formats';
import type { RefusedRow } from './import-report';
import { type BrokenRecord, type RawRow, readRow } from './read-record';

/** The reason of a part of an export that is no row. */
export const UNREADABLE = 'UNREADABLE';

export interface ImportCounts {
  imported: number;
  unchanged: number;
  refused: number;
}

export interface RunImport {
  readonly format: ExportFormat;
  readonly text: AsyncIterable<string>;
  /** Which column stands for which field: `column` -> `field`. */
  readonly columns: ReadonlyMap<string, string>;
  readonly options: ImportOptions;
  readonly importUsers: (rows: readonly ImportedRow[], options: ImportOptions, call: Call) => Promise<ImportOutcome[]>;
  readonly internalCall: () => Call;
  readonly onRefused: (fields: Readonly<Record<string, unknown>>, refused: RefusedRow) => Promise<void>;
  readonly onProgress: (rows: number) => void;
}

interface Waiting {
  readonly at: string;
  readonly raw: RawRow;
  readonly row: ImportedRow;
}

/** Reads an export to its end and takes in what it holds; memory holds one batch. @throws CommandError */
export async function runImport(run: RunImport): Promise<ImportCounts> {
  const counts: ImportCounts = { imported: 0, unchanged: 0, refused: 0 };
  const size = new BatchSize(IMPORT_BATCH);
  let waiting: Waiting[] = [];
  let isEmpty = true;
  const refuse = async (fields: object, refused: RefusedRow): Promise<void> => {
    counts.refused += 1;
    await run.onRefused({ ...fields }, refused);
  };
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    const startedAt = systemClock.monotonic();
    const rows = batch.map(({ row }) => row);
    const outcomes = rows.length === 0 ? [] : await run.importUsers(rows, run.options, run.internalCall());
    size.adapt(systemClock.monotonic() - startedAt);
    for (const [i, outcome] of outcomes.entries()) {
      const { at = '', raw = {} } = batch[i] ?? {};
      if (outcome.status === 'refused') {
        const { field, reason, description } = outcome;
        await refuse(raw, { at, field, reason, description });
      } else counts[outcome.status] += 1;
    }
    run.onProgress(counts.imported + counts.unchanged + counts.refused);
  };
  for await (const record of checkColumns(run.format.read(run.text), run.format, run.columns)) {
    isEmpty = false;
    if ('fault' in record) await refuse({}, brokenRow(run, record));
    else {
      const raw = renamed(run.format.toRaw(record.fields), run.columns);
      const read = readRow(raw);
      if ('row' in read) waiting.push({ at: record.at, raw, row: read.row });
      else await refuse(raw, { at: record.at, field: read.field, reason: 'INVALID_FIELDS', description: read.fault });
    }
    if (waiting.length >= size.rows) await flush();
  }
  await flush();
  if (isEmpty) throw new CommandError('The export holds no user; is --from right?');
  return counts;
}

/** What could be read of it is not a row of the report: what is missing is not known. */
function brokenRow({ format, columns }: RunImport, { at, fault, text, fields }: BrokenRecord): RefusedRow {
  return {
    at,
    field: '',
    reason: UNREADABLE,
    description: fault,
    ...(text === undefined ? {} : { text }),
    ...(fields === undefined ? {} : { fields: renamed(format.toRaw(fields), columns) }),
  };
}

const FIELDS = [
  'external_id',
  'email',
  'username',
  'email_verified',
  'active',
  'roles',
  'created_at',
  'password_hash',
] as const;

export type FieldName = (typeof FIELDS)[number];

export function isField(name: string): name is FieldName {
  return (FIELDS as readonly string[]).includes(name);
}

/** The fields of a record alone, from the columns that stand for them. */
function renamed(raw: RawRow, columns: ReadonlyMap<string, string>): RawRow {
  const from = new Map([...columns].map(([column, field]) => [field, column]));
  const source = raw as Readonly<Record<string, unknown>>;
  return Object.fromEntries(FIELDS.map((field) => [field, source[from.get(field) ?? field]]));
}
