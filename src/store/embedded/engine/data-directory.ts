import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { makeDirectories } from '../../../files/make-directories';
import { StoreRefusedError } from '../../store';
import { checkSpace } from './out-of-space';

/**
 * Makes the directory where `dataFile` lives, readable by its owner only, and looks whether the file can grow: LMDB
 * maps its lock file before it writes to it, so where the filesystem is full the process would be killed, not refused.
 *
 * @throws StoreRefusedError
 */
export async function prepareDirectory(directory: string, dataFile: string): Promise<void> {
  try {
    makeDirectories(directory);
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error('Not a directory'), { code: 'ENOTDIR' });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    await checkSpace(dataFile);
  } catch (cause) {
    throw refusal(directory, cause);
  }
}

/**
 * LMDB would make its files readable by the group. A file that is there is not opened: closing it would drop the locks
 * that this process holds on it by way of LMDB (fcntl(2), "when any file descriptor for that file is closed").
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

/** Says what is wrong with the data directory and what to do. */
export function refusal(directory: string, cause: unknown): StoreRefusedError {
  if (cause instanceof StoreRefusedError) return cause;
  return new StoreRefusedError(`The data directory ${directory} cannot be used: ${advice(cause)}`, {
    cause,
    mayPass: FULL.test(describe(cause)),
  });
}

const FULL = /ENOSPC|EDQUOT|EFBIG|No space left|quota|File too large/i;

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/EEXIST|ENOTDIR|Not a directory/, 'it is a file, or lies below one. Name a directory in DATABASE_URL (file:DIR).'],
  [/EACCES|EPERM|Permission denied|Operation not permitted/, 'permission denied. Give it to the user that runs this.'],
  [
    /EROFS|Read-only file system/,
    'its filesystem is read-only. Name another one in DATABASE_URL, or mount it writable.',
  ],
  [FULL, 'its filesystem is full. Free some space.'],
  [/MDB_VERSION_MISMATCH/, 'another version of LMDB wrote it. Run the version of this program that made it.'],
  [
    /MDB_INVALID|MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_PANIC|MDB_BAD|damaged/,
    'its data file is damaged, or is none of this program. Restore the directory from a backup, or name another one.',
  ],
  [/MDB_READERS_FULL/, 'too many processes have it open. End some of them.'],
];

function advice(cause: unknown): string {
  const text = describe(cause);
  return ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? `${text.trim()}.`;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.message} ${'code' in cause ? String(cause.code) : ''}` : String(cause);
}
