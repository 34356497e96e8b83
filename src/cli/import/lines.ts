import type { BrokenRecord, SourceRecord } from './read-record';

/** As long as a message of ImportUsers may be. */
const LONGEST_LINE = 128 * 1024;

/** The accounts of NDJSON: one object a line; empty lines do not count. */
export async function* readLines(input: AsyncIterable<string>): AsyncGenerator<SourceRecord | BrokenRecord> {
  let number = 0;
  let rest = '';
  /** A line that is too long is passed over to its end. */
  let isSkipping = false;
  for await (const chunk of input) {
    rest += chunk;
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      number += 1;
      if (!isSkipping) yield* readLine(rest.slice(from, end), number);
      isSkipping = false;
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length <= LONGEST_LINE) continue;
    if (!isSkipping) yield tooLong(number + 1);
    isSkipping = true;
    rest = '';
  }
  if (!isSkipping) yield* readLine(rest, number + 1);
}

function* readLine(line: string, number: number): Generator<SourceRecord | BrokenRecord> {
  const at = `line ${number}`;
  const json = line.trim();
  if (json === '') return;
  if (json.length > LONGEST_LINE) {
    yield tooLong(number);
    return;
  }
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    yield { at, fault: 'Is no JSON object; was the file cut off?', text: json };
    return;
  }
  if (isObject(fields)) yield { at, fields };
  else yield { at, fault: 'Must be a JSON object', text: json };
}

function tooLong(number: number): BrokenRecord {
  return { at: `line ${number}`, fault: 'Is longer than 128 KiB; is the file NDJSON, one object a line?' };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
