import { CsvError, type Info, parse } from 'csv-parse';
import type { BrokenRecord, SourceRecord } from './read-record';

const LONGEST_RECORD = 128 * 1024;

/** The accounts of CSV whose first line names the columns (RFC 4180; a semicolon or a tab may stand for the comma). */
export async function* readCsv(input: AsyncIterable<string>): AsyncGenerator<SourceRecord | BrokenRecord> {
  const found: (SourceRecord | BrokenRecord)[] = [];
  const parser = parse({
    columns: (names: string[]) => names.map((name) => name.trim()),
    delimiter: [',', ';', '\t'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
    // Not by the stream's own reader, which drops what it has read when an error follows.
    on_record: (fields: Record<string, string>, { lines, error }: Info & { error?: CsvError }) => {
      const at = `line ${lines}`;
      found.push(error === undefined ? { at, fields } : { at, fault: 'Must have as many columns as the first line' });
      return undefined;
    },
  });
  let failure: unknown;
  parser.on('error', (error) => {
    failure ??= error;
  });
  parser.resume();
  for await (const chunk of input) {
    await new Promise((resolve) => parser.write(chunk, resolve));
    yield* found.splice(0);
    if (failure !== undefined) break;
  }
  if (failure === undefined) {
    await new Promise((resolve) => parser.once('close', resolve).end());
    yield* found.splice(0);
  }
  if (failure instanceof CsvError) {
    yield { at: `line ${String(failure.lines ?? '')}`, fault: csvFault(failure), isLast: true };
  } else if (failure !== undefined) throw failure;
}

function csvFault({ code }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'A quoted value has no end; was the file cut off?';
  if (code === 'CSV_MAX_RECORD_SIZE') return 'Is longer than 128 KiB; is a quote missing?';
  return 'Is no CSV: a quote stands where none may; nothing after it is read';
}
