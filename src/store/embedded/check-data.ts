import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import type { statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { TABLE_NAMES } from './tables';

/** What the walk says when it is over and has found no damage. */
const SOUND = 'sound';
/** The exit code of a check that could not begin. */
const NOT_RUN = 3;

/** The check could not begin, or was ended from outside: it says nothing of the data. */
export class CheckNotRunError extends Error {}

export interface DataCheck {
  /** Rejects when the walk fails, or with a `CheckNotRunError`; neither resolves nor rejects once it was stopped. */
  readonly done: Promise<void>;
  /** Resolves when it is known that the file was not cut off, before its rows are walked through. */
  readonly isWhole: Promise<void>;
  /** From now on the walk does not keep this process from ending. */
  letGo(): void;
  stop(): void;
}

/**
 * Walks through all keys of a data file in a process of its own, at the lowest priority: LMDB has no checksums, and a
 * page that is damaged or missing can end the process that comes upon it. Costs about a tenth of a second, and a second
 * for some three million keys.
 *
 * @param node the program of Node.js that walks
 */
export function startDataCheck(file: string, node = process.execPath): DataCheck {
  const load = `try { lmdb = require(process.argv[1]) } catch (error) { console.error(error); process.exit(${NOT_RUN}) }`;
  const look = `(${walk})(lmdb, process.argv[2], process.argv[3].split(','), require('node:fs').statSync)`;
  const program = `let lmdb; ${load} ${look}`;
  const args = ['-e', program, require.resolve('lmdb'), file, TABLE_NAMES.join()];
  let isStopped = false;
  let child: ChildProcess | undefined;
  let announceWhole = () => {};
  const isWhole = new Promise<void>((resolve) => {
    announceWhole = resolve;
  });
  const done = new Promise<void>((resolve, reject) => {
    child = execFile(node, args, { env: {}, maxBuffer: 2 ** 20 }, (error, _stdout, stderr) => {
      if (isStopped) return;
      if (error === null) return resolve();
      reject(explain(error, stderr));
    });
    let said = '';
    child.stdout?.on('data', (text: string) => {
      said += text;
      announceWhole();
      if (!said.endsWith(SOUND)) return;
      // Its end is not waited for: a process of Node may hang in it (nodejs/node#54918).
      isStopped = true;
      child?.kill('SIGKILL');
      resolve();
    });
  });
  try {
    if (child?.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or may not be touched: it runs as it is.
  }
  return {
    done,
    isWhole,
    letGo: () => child?.unref(),
    stop: () => {
      isStopped = true;
      child?.kill('SIGKILL');
    },
  };
}

/** Only what the walk itself met is damage: a machine can be out of processes or memory. */
function explain(cause: ExecFileException, stderr: string): Error {
  const { code, signal } = cause;
  const notRun = (why: string) => new CheckNotRunError(`the data file was not checked: ${why}`, { cause });
  if (typeof code === 'string') return notRun(`no process could be started (${code})`);
  if (signal === 'SIGKILL' || signal === 'SIGTERM') return notRun(`the check was ended by ${signal}`);
  if (code === NOT_RUN) return notRun(stderr.split('\n').find((line) => /Error/.test(line)) ?? 'it did not begin');
  return new Error(`damaged: ${signal ? `the check ended with ${signal}` : stderr}`, { cause });
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
  process.stdout.write('whole');
  for (const { table, stats } of tables) {
    let count = 0;
    // The pages of large values are met by reading these alone.
    const rows: Iterable<unknown> = stats.overflowPages > 0 ? table.getRange({}) : table.getKeys({});
    for (const _ of rows) count += 1;
    mustHave(stats, count);
  }
  process.stdout.write('sound');
  process.exit(0);
}
