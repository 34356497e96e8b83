import type { FieldCheck } from '../accounts/account-fields';
import { parseId } from '../accounts/parse-id';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 1000;

/** Adds what is wrong with the paging of a request. A page token is the id of the last row before the page. */
export function pageFaults(check: FieldCheck, input: { pageSize: number; pageToken: string }): FieldCheck {
  const { pageSize, pageToken } = input;
  const sizeIsWrong = pageSize < 0 || pageSize > MAX_PAGE_SIZE;
  const tokenIsWrong = pageToken !== '' && parseId(pageToken) === undefined;
  return check
    .add('page_size', sizeIsWrong ? `Must be 0 to ${MAX_PAGE_SIZE}` : undefined)
    .add('page_token', tokenIsWrong ? 'Must be the next_page_token of the answer before' : undefined);
}

/** The id that the page begins after; undefined for the first page. */
export function pageStart(pageToken: string): string | undefined {
  return parseId(pageToken);
}

/** Rows on a page. */
export function pageLimit(pageSize: number): number {
  return pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
}

/** Clients take answers of up to 4 MiB unless they are told otherwise; as JSON they are longer than as protobuf. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** As many rows from the front as fit into one answer, at least one: a page may be shorter than was asked for. */
export function withinBytes<Row>(rows: readonly Row[], countBytes: (row: Row) => number): Row[] {
  let left = MAX_ANSWER_BYTES;
  const tooMany = rows.findIndex((row, i) => {
    left -= countBytes(row);
    return left < 0 && i > 0;
  });
  return tooMany < 0 ? [...rows] : rows.slice(0, tooMany);
}
