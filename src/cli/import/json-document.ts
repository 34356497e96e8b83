import { JSONParser } from '@streamparser/json';
import { isObject } from './lines';
import type { BrokenRecord, SourceRecord } from './read-record';

/**
 * The accounts of one JSON document, as they come: `paths` names the arrays that hold them. Memory holds one account at
 * a time, however many there are.
 */
export async function* readJsonDocument(
  input: AsyncIterable<string>,
  paths: readonly string[],
): AsyncGenerator<SourceRecord | BrokenRecord> {
  const parser = new JSONParser({ paths: [...paths], keepStack: false });
  const found: unknown[] = [];
  let failure: Error | undefined;
  let count = 0;
  parser.onValue = ({ value }) => void found.push(value);
  parser.onError = (error) => {
    failure = error;
  };
  function* take(): Generator<SourceRecord | BrokenRecord> {
    for (const fields of found.splice(0)) {
      count += 1;
      const at = `user ${count}`;
      yield isObject(fields) ? { at, fields } : { at, fault: 'Must be a JSON object' };
    }
  }
  for await (const chunk of input) {
    try {
      parser.write(chunk);
    } catch (error) {
      failure ??= error as Error;
    }
    yield* take();
    if (failure !== undefined) {
      yield { at: `after user ${count}`, fault: 'Is no JSON', isLast: true };
      return;
    }
  }
  if (!parser.isEnded) yield { at: `after user ${count}`, fault: 'The file ends before its JSON does', isLast: true };
}
