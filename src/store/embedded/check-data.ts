import { type ChildProcess, execFile } from 'node:child_process';
import type { statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { TABLE_NAMES } from './tables';

export interface DataCheck {
  /** Rejects when the walk fails; never settles once it was stopped. */
  readonly done: Promise<void>;
  /** From now on the walk does not keep this process from ending. */
  letGo(): void;
  stop(): void;
}

/**
 * Walks through all keys of a data file in a process of its own, at the lowest priority: LMDB has no checksums, and a
 * page that is damaged or missing can end the process that comes upon it. Costs about a tenth of a second, and a second
 * for some three million keys.
 */
export function startDataCheck(file: string): DataCheck {
  const program = `(${walk})(require(process.argv[1]), process.argv[2], process.argv[3].split(','), require('node:fs').statSync)`;
  const args = ['-e', program, require.resolve('lmdb'), file, TABLE_NAMES.join()];
  let isStopped = false;
  let child: ChildProcess | undefined;
  const done = new Promise<void>((resolve, reject) => {
    child = execFile(process.execPath, args, { env: {}, maxBuffer: 2 ** 20 }, (error, _stdout, stderr) => {
      if (isStopped) return;
      if (error === null) return resolve();
      const why = error.signal ? `the check ended with ${error.signal}` : stderr;
      reject(new Error(`damaged: ${why}`, { cause: error }));
    });
  });
  try {
    if (child?.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or may not be touched: it runs as it is.
  }
  return {
    done,
    letGo: () => child?.unref(),
    stop: () => {
      isStopped = true;
      child?.kill('SIGKILL');
    },
  };
}

/** Runs from its source text: uses nothing but its arguments. */
function walk(lmdb: typeof import('lmdb'), path: string, names: readonly string[], stat: typeof statSync): void {
  const mustHave = (table: { getStats(): { entryCount?: number } }, count: number) => {
    // A damaged page can look like an empty one.
    if (table.getStats().entryCount !== count) throw new Error('MDB_CORRUPTED: rows are missing');
  };
  const root = lmdb.open({ path, noSubdir: true, maxDbs: names.length, readOnly: true });
  // A copy that broke off; a page that is not there would end this process without a word. Looked at in this order: the
  // file may grow meanwhile.
  const { lastPageNumber = 0, pageSize = 0 } = root.getStats() as { lastPageNumber?: number; pageSize?: number };
  if (stat(path).size < (lastPageNumber + 1) * pageSize) throw new Error('MDB_CORRUPTED: the file is cut off');
  const known: string[] = [];
  for (const key of root.getKeys({})) known.push(String(key));
  mustHave(root, known.length);
  for (const name of names.filter((one) => known.includes(one))) {
    const table = root.openDB<unknown, Buffer>(name, { keyEncoding: 'binary' });
    let count = 0;
    for (const _ of table.getKeys({})) count += 1;
    mustHave(table, count);
  }
  process.exit(0);
}
