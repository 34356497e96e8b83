import type { FieldCheck } from '../accounts/account-fields';
import { parseId } from '../accounts/parse-id';
import { nextIteration, ROWS_AT_ONCE } from '../next-iteration';

const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 1000;

export const PAGE_TOKEN_FAULT = 'Must be the next_page_token of the answer before';

/** Adds what is wrong with the paging of a request. A page token is the id of the last row before the page. */
export function pageFaults(check: FieldCheck, input: { pageSize: number; pageToken: string }): FieldCheck {
  const isWrong = input.pageToken !== '' && parseId(input.pageToken) === undefined;
  return pageSizeFaults(check, input.pageSize).add('page_token', isWrong ? PAGE_TOKEN_FAULT : undefined);
}

export function pageSizeFaults(check: FieldCheck, pageSize: number): FieldCheck {
  const isWrong = pageSize < 0 || pageSize > MAX_PAGE_SIZE;
  return check.add('page_size', isWrong ? `Must be 0 to ${MAX_PAGE_SIZE}` : undefined);
}

/** The id that the page begins after; undefined for the first page. */
export function pageStart(pageToken: string): string | undefined {
  return parseId(pageToken);
}

/** Rows on a page. */
export function pageLimit(pageSize: number): number {
  return pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
}

/**
 * Reads up to `limit` rows, a page and the one behind it, in parts between which other calls are answered: each goes on
 * after the last row of the part before it.
 */
export async function readInParts<Row>(
  limit: number,
  read: (limit: number, last: Row | undefined) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  // No part of its own for the row behind the page.
  const parts = Math.max(1, Math.ceil((limit - 1) / ROWS_AT_ONCE));
  const most = Math.ceil(limit / parts);
  for (;;) {
    const wanted = Math.min(most, limit - rows.length);
    const part = await read(wanted, rows.at(-1));
    rows.push(...part);
    if (part.length < wanted || rows.length >= limit) return rows;
    await nextIteration();
  }
}

/**
 * Clients take answers of up to 4 MiB unless they are configured otherwise; as JSON they are longer than as protobuf.
 */
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
