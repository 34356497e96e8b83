import { CommandError, type OptionValues, readText, type Terminal } from './command';

export const PAGE_OPTIONS = { limit: { type: 'string' }, 'page-token': { type: 'string' } } as const;
export const PAGE_HELP = `  --limit N            at most N rows, 1 to 1000; 50 without it
  --page-token TOKEN   goes on where the page before ended`;

/** The page that is asked for. @throws CommandError */
export function readPage(options: OptionValues): { pageSize: number; pageToken: string } {
  const limit = readText(options, 'limit');
  if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 1000)) {
    throw new CommandError('--limit must be a number from 1 to 1000');
  }
  return { pageSize: Number(limit ?? 0), pageToken: readText(options, 'page-token') ?? '' };
}

/** Prints how to go on; on standard error, so that the rows stay alone. */
export function printMore({ stderr }: Terminal, nextPageToken: string): void {
  if (nextPageToken !== '') stderr.write(`There is more: --page-token ${nextPageToken}\n`);
}
