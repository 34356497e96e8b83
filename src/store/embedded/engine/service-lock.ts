import { open } from 'lmdb';
import { StoreRefusedError } from '../../store';

/** Holds the lock until released, or until the process ends in whatever way. */
export interface ServiceLock {
  release(): Promise<void>;
}

/**
 * Locks a data directory for the one service that may run on it. The lock is the only slot of the reader table of an
 * empty LMDB environment, held by a read transaction that is never ended. LMDB hands out slots under a mutex, so of two
 * starts at once one wins; and it knows that a holder is gone by a file lock that the kernel releases when the process
 * ends, however it ends: neither a stale file nor a process id that is used again can hold the lock.
 *
 * @throws StoreRefusedError when another service holds it
 */
export async function lockForService(directory: string, file: string): Promise<ServiceLock> {
  const environment = open({
    path: file,
    noSubdir: true,
    maxDbs: 1,
    maxReaders: 1,
    mapSize: 2 ** 20,
    overlappingSync: false,
  });
  try {
    const hold = environment.useReadTransaction();
    environment.get('', { transaction: hold });
    return {
      release: async () => {
        hold.done();
        await environment.close();
      },
    };
  } catch (cause) {
    await environment.close();
    if (!String(cause).includes('MDB_READERS_FULL')) throw cause;
    throw new StoreRefusedError(
      `Another service is running on the data directory ${directory}. Stop it first, or name another directory in DATABASE_URL.`,
      { cause, mayPass: true },
    );
  }
}
