import { CsvError, type Info, parse } from 'csv-parse';
import { CommandError } from '../command';
import type { BrokenRecord, SourceRecord } from './read-record';

const LONGEST_RECORD = 128 * 1024;
const DELIMITERS = [',', ';', '\t'];

/**
 * The accounts of CSV whose first line names the columns (RFC 4180; a semicolon or a tab may stand for the comma).
 *
 * @throws CommandError when two columns have one name
 */
export async function* readCsv(input: AsyncIterable<string>): AsyncGenerator<SourceRecord | BrokenRecord> {
  const found: (SourceRecord | BrokenRecord)[] = [];
  let failure: unknown;
  let hasNames = false;
  const newParser = (head: string) => {
    const parser = parse({
      columns: (names: string[]) => {
        hasNames = true;
        return readNames(names);
      },
      delimiter: findDelimiter(head),
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: LONGEST_RECORD,
      // Not by the stream's own reader, which drops what it has read when an error follows.
      on_record: (fields: Record<string, string>, { lines, error }: Info & { error?: CsvError }) => {
        const at = `line ${lines}`;
        found.push(error === undefined ? { at, fields } : { at, fields, fault: COLUMNS_FAULT });
        return undefined;
      },
    });
    parser.on('error', (error) => {
      failure ??= error;
    });
    parser.on('skip', (error: CsvError) => {
      // After any other fault the parser does not find the next line.
      if (!hasNames || String(error.code) !== 'INVALID_OPENING_QUOTE') failure ??= error;
      else if (failure === undefined) found.push({ at: `line ${String(error.lines)}`, fault: QUOTE_FAULT });
    });
    return parser.resume();
  };
  let parser: ReturnType<typeof newParser> | undefined;
  let head = '';
  for await (const chunk of input) {
    head += chunk;
    if (parser === undefined && !/\S.*\n/.test(head) && head.length < LONGEST_RECORD) continue;
    parser ??= newParser(head);
    await new Promise((resolve) => parser?.write(head, resolve));
    head = '';
    yield* found.splice(0);
    if (failure !== undefined) break;
  }
  if (failure === undefined) {
    parser ??= newParser(head);
    await new Promise((resolve) => parser?.once('close', resolve).end(head));
    yield* found.splice(0);
  }
  if (failure instanceof CsvError) {
    yield { at: `line ${String(failure.lines ?? '')}`, fault: csvFault(failure), isLast: true };
  } else if (failure !== undefined) throw failure;
}

const COLUMNS_FAULT = 'Must have as many columns as the first line';
const QUOTE_FAULT = 'A value that holds a quote must stand in quotes, with the quote in it doubled';

function csvFault({ code }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'A quoted value has no end; was the file cut off?';
  if (code === 'CSV_MAX_RECORD_SIZE') return 'Is longer than 128 KiB; is a quote missing? Nothing after it is read';
  return 'Is no CSV: a quote stands where none may; nothing after it is read';
}

/** The one that the first line has most of; the others may stand in values (argon2 hashes hold commas). */
function findDelimiter(head: string): string {
  const [firstLine = ''] = head.trimStart().split(/\r?\n/, 1);
  const unquoted = firstLine.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** @throws CommandError */
function readNames(columns: readonly string[]): string[] {
  const names = columns.map((name) => name.trim());
  const twice = names.find((name, n) => name !== '' && names.indexOf(name) < n);
  if (twice !== undefined) throw new CommandError(`The export has two columns ${twice}; rename or leave out one`);
  return names;
}
