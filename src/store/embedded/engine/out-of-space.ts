import { open, rm, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const { EIO, ENOSPC, EDQUOT, EFBIG } = constants.errno;
/** errno of write(2) where the filesystem, the quota or the file takes no more. */
const NO_SPACE: ReadonlySet<unknown> = new Set([ENOSPC, EDQUOT, EFBIG]);
/** How lmdb-js words that a page of a commit could not be written; a flush that failed is worded otherwise. */
const PAGE_NOT_WRITTEN = 'Attempting to write page';

/** What an empty store takes, and some. */
const NEEDED_BYTES = 256 * 1024;

/**
 * Whether a commit failed because there was no space for its pages. Such a commit has changed nothing that a reader
 * could find. LMDB says EIO when only a part of a page fitted, and also when the disk failed: then it is a matter of
 * space if none is left now. The codes of `NO_SPACE` of a flush are something else: it is unknown what has reached the
 * disk.
 */
export async function isOutOfSpace(cause: unknown, dataFile: string): Promise<boolean> {
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  if (NO_SPACE.has(cause.code)) return cause.message.includes(PAGE_NOT_WRITTEN);
  if (cause.code !== EIO) return false;
  return checkSpace(dataFile).then(
    () => false,
    (error: NodeJS.ErrnoException) => NO_SPACE.has(error.errno === undefined ? undefined : -error.errno),
  );
}

/**
 * Rejects with what the system says when the data file could not grow: by the space that is left, by a quota, or by a
 * limit on the size of files. Tries it on another file beside it.
 */
export async function checkSpace(dataFile: string): Promise<void> {
  const size = await stat(dataFile).then(
    (found) => found.size,
    () => 0,
  );
  const name = join(dirname(dataFile), `.space-${process.pid}`);
  const file = await open(name, 'w', 0o600);
  try {
    // A hole takes no space, and puts what is written where the data file would grow.
    await file.truncate(size);
    const zeros = Buffer.alloc(NEEDED_BYTES);
    for (let written = 0; written < zeros.length; ) {
      written += (await file.write(zeros, written, zeros.length - written, size + written)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
    await rm(name, { force: true });
  }
}
