import { constants } from 'node:fs';
import { access, mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreRefusedError } from '../store';

/** What an empty store takes, and some. */
const NEEDED_BYTES = 256 * 1024;

/** Makes the directory where the data lives, readable by its owner only. @throws StoreRefusedError */
export async function prepareDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error('Not a directory'), { code: 'ENOTDIR' });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    await mustHaveSpace(directory);
  } catch (cause) {
    throw refusal(directory, cause);
  }
}

/**
 * LMDB would make its files readable by the group. A file that is there is not opened: closing it would drop the locks that this
 * process holds on it by way of LMDB (fcntl(2), "when any file descriptor for that file is closed").
 */
export async function preparePrivateFile(file: string): Promise<void> {
  for (const name of [file, `${file}-lock`]) {
    try {
      await (await open(name, 'wx', 0o600)).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** LMDB maps its lock file before it writes to it: where the filesystem is full the process would be killed, not refused. */
async function mustHaveSpace(directory: string): Promise<void> {
  const name = join(directory, `.space-${process.pid}`);
  const file = await open(name, 'w', 0o600);
  try {
    await file.writeFile(Buffer.alloc(NEEDED_BYTES));
    await file.sync();
  } finally {
    await file.close();
    await rm(name, { force: true });
  }
}

/** Says what is wrong with the data directory and what to do. */
export function refusal(directory: string, cause: unknown): StoreRefusedError {
  if (cause instanceof StoreRefusedError) return cause;
  return new StoreRefusedError(`The data directory ${directory} cannot be used: ${advice(cause)}`, { cause });
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/EEXIST|ENOTDIR|Not a directory/, 'it is a file, or lies below one. Name a directory in DATABASE_URL (file:DIR).'],
  [/EACCES|EPERM|Permission denied|Operation not permitted/, 'permission denied. Give it to the user that runs this.'],
  [
    /EROFS|Read-only file system/,
    'its filesystem is read-only. Name another one in DATABASE_URL, or mount it writable.',
  ],
  [/ENOSPC|EDQUOT|EFBIG|No space left|quota|File too large/i, 'its filesystem is full. Free some space.'],
  [/MDB_VERSION_MISMATCH/, 'another version of LMDB wrote it. Run the version of this program that made it.'],
  [
    /MDB_INVALID|MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_PANIC|MDB_BAD|damaged/,
    'its data file is damaged, or is none of this program. Restore the directory from a backup, or name another one.',
  ],
  [/MDB_READERS_FULL/, 'too many processes have it open. End some of them.'],
];

function advice(cause: unknown): string {
  const text = cause instanceof Error ? `${cause.message} ${'code' in cause ? String(cause.code) : ''}` : String(cause);
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? `${text.trim()}.`;
}
