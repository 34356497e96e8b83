import { open } from 'lmdb';
import { StoreRefusedError } from '../store';

/** Keeps the place until released, or until the process ends in whatever way. */
export interface ServiceLock {
  release(): Promise<void>;
}

/**
 * Takes the one place of a service in a data directory. The place is the only slot of the reader table of an empty LMDB
 * environment, held by a read transaction that is never ended. LMDB hands out slots under a mutex, so of two starts at
 * once one wins; and it knows that a holder is gone by a file lock that the kernel releases when the process ends,
 * however it ends: neither a stale file nor a process id that is used again can keep the place.
 *
 * @throws StoreRefusedError when another service holds it
 */
export async function lockForService(directory: string, file: string): Promise<ServiceLock> {
  const place = open({
    path: file,
    noSubdir: true,
    maxDbs: 1,
    maxReaders: 1,
    mapSize: 2 ** 20,
    overlappingSync: false,
  });
  try {
    const hold = place.useReadTransaction();
    place.get('', { transaction: hold });
    return {
      release: async () => {
        hold.done();
        await place.close();
      },
    };
  } catch (cause) {
    await place.close();
    if (!String(cause).includes('MDB_READERS_FULL')) throw cause;
    throw new StoreRefusedError(
      `Another service is running on the data directory ${directory}. Stop it first, or name another directory in DATABASE_URL.`,
      { cause, mayPass: true },
    );
  }
}
