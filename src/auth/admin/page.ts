import type { FieldCheck } from '../accounts/account-fields';

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;
const PAGE_TOKEN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Adds what is wrong with the paging of a request. A page token is the id of the last row before the page. */
export function pageFaults(check: FieldCheck, input: { pageSize: number; pageToken: string }): FieldCheck {
  const { pageSize, pageToken } = input;
  const sizeIsWrong = pageSize < 0 || pageSize > MAX_PAGE_SIZE;
  const tokenIsWrong = pageToken !== '' && !PAGE_TOKEN.test(pageToken);
  return check
    .add('page_size', sizeIsWrong ? `Must be 0 to ${MAX_PAGE_SIZE}` : undefined)
    .add('page_token', tokenIsWrong ? 'Must be the next_page_token of the answer before' : undefined);
}

/** Rows on a page. */
export function pageLimit(pageSize: number): number {
  return pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
}
