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

/** What `getStats` of lmdb says of a tree of pages; its types lack it. */
interface Stats {
  readonly pageSize: number;
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  /** Pages of values that do not fit beside their key. */
  readonly overflowPages: number;
  readonly root?: Stats;
  readonly free?: Stats;
}

/** Runs from its source text: uses nothing but its arguments. */
function walk(lmdb: typeof import('lmdb'), path: string, names: readonly string[], stat: typeof statSync): void {
  const mustHave = (stats: Stats, count: number) => {
    // A damaged page can look like an empty one.
    if (stats.entryCount !== count) throw new Error('MDB_CORRUPTED: rows are missing');
  };
  const pages = ({ treeBranchPageCount, treeLeafPageCount, overflowPages }: Stats) =>
    treeBranchPageCount + treeLeafPageCount + overflowPages;
  const root = lmdb.open({ path, noSubdir: true, maxDbs: names.length, readOnly: true });
  const whole = root.getStats() as unknown as Required<Stats>;
  const known: string[] = [];
  for (const key of root.getKeys({})) known.push(String(key));
  mustHave(whole, known.length);
  const tables = names
    .filter((one) => known.includes(one))
    .map((name) => root.openDB<Buffer, Buffer>(name, { keyEncoding: 'binary', encoding: 'binary' }))
    .map((table) => ({ table, stats: table.getStats() as unknown as Stats }));
  // A copy that broke off; the walk would end at a page that is not there without a word. The last page that LMDB has
  // counted says nothing: pages at the end that are free need not have been written. Looked at in this order: the file
  // may grow meanwhile.
  const used = tables.reduce((sum, { stats }) => sum + pages(stats), 2 + pages(whole.root) + pages(whole.free));
  if (stat(path).size < used * whole.pageSize) throw new Error('MDB_CORRUPTED: the file is cut off');
  for (const { table, stats } of tables) {
    let count = 0;
    // The pages of large values are met by reading these alone.
    const rows: Iterable<unknown> = stats.overflowPages > 0 ? table.getRange({}) : table.getKeys({});
    for (const _ of rows) count += 1;
    mustHave(stats, count);
  }
  process.exit(0);
}
