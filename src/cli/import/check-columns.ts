import { CommandError } from '../command';
import type { ExportFormat } from './formats';
import type { BrokenRecord, SourceRecord } from './read-record';

type Columns = ReadonlyMap<string, string>;

/** A field that not every record has is in one of so many. */
const SAMPLE_SIZE = 200;
/** How systems call the column of the hash. */
const PASSWORD_COLUMN = /^((encrypted|hashed)_?)?(password|passwd|pass|pwd|pw)(_?(hash|digest|encrypted))?$|^hash$/i;

/**
 * The records as they come, after the first of them have shown the columns that the format needs and `--map` names.
 *
 * @throws CommandError: then every row would be refused, or worse, be taken for what it is not
 */
export async function* checkColumns(
  records: AsyncIterable<SourceRecord | BrokenRecord>,
  format: ExportFormat,
  columns: Columns,
): AsyncGenerator<SourceRecord | BrokenRecord> {
  let first: (SourceRecord | BrokenRecord)[] | undefined = [];
  for await (const record of records) {
    if (first === undefined) yield record;
    else if (first.push(record) === SAMPLE_SIZE) {
      checkNames(first, format, columns);
      yield* first;
      first = undefined;
    }
  }
  if (first === undefined) return;
  checkNames(first, format, columns);
  yield* first;
}

function checkNames(records: readonly (SourceRecord | BrokenRecord)[], format: ExportFormat, columns: Columns): void {
  const read = records.filter((record) => !('fault' in record));
  const there = new Set(read.flatMap(({ fields }) => Object.keys(fields ?? {})));
  if (read.length === 0) return;
  const columnByField = new Map([...columns].map(([column, field]) => [field, column]));
  const needed = new Set([...(format.needs ?? []).map((name) => columnByField.get(name) ?? name), ...columns.keys()]);
  const missing = [...needed].filter((name) => !there.has(name));
  if (missing.length > 0) {
    const names = [...there].slice(0, 30).join(', ');
    const more = format.isMapped === true ? '; --map COLUMN=FIELD says which column holds a field' : '';
    throw new CommandError(`The export has no column ${missing.join(', ')}; it has: ${names}${more}`);
  }
  const password = [...there].find((name) => PASSWORD_COLUMN.test(name) && !columns.has(name));
  if (format.isMapped !== true || password === undefined) return;
  if (columnByField.has('password_hash') || there.has('password_hash')) return;
  throw new CommandError(
    `The export has no column password_hash, but ${password}: give --map ${password}=password_hash, or leave it out ` +
      'when no user is to keep a password',
  );
}
