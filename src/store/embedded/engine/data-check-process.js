// The process that walks through a data file, see check-data.ts. It is JavaScript, so that the same file runs from dist
// and under a test runner that transforms TypeScript. Arguments: the data file, the names of its tables with commas
// between, and the ms to wait before the walk. It writes `whole` when the file is not cut off and `sound` at its end;
// an exit code of NOT_RUN says that the walk could not begin, and any other that it met damage.

const { statSync } = require('node:fs');

const NOT_RUN = 3;

const [, , path, names, pauseMs = '0'] = process.argv;
walk(loadLmdb(), path, names.split(','), Number(pauseMs));
process.stdout.write('sound');
process.exit(0);

function loadLmdb() {
  try {
    return require('lmdb');
  } catch (error) {
    process.stderr.write(`${error?.stack ?? error}\n`);
    return process.exit(NOT_RUN);
  }
}

function walk(lmdb, path, names, pauseMs) {
  const root = lmdb.open({ path, noSubdir: true, maxDbs: names.length, readOnly: true });
  const whole = root.getStats();
  mustBeCounted(whole.pageSize + whole.entryCount);
  const known = [];
  for (const key of root.getKeys({})) known.push(String(key));
  mustHave(whole, known.length);
  const tables = names
    .filter((one) => known.includes(one))
    .map((name) => root.openDB(name, { keyEncoding: 'binary', encoding: 'binary' }))
    .map((table) => ({ table, stats: table.getStats() }));
  // A copy that broke off; the walk would end at a page that is not there without a word. The last page that LMDB has
  // counted says nothing: pages at the end that are free need not have been written. Looked at in this order: the file
  // may grow meanwhile.
  const used = tables.reduce(
    (sum, { stats }) => sum + countPages(stats),
    2 + countPages(whole.root) + countPages(whole.free),
  );
  mustBeCounted(used);
  if (statSync(path).size < used * whole.pageSize) throw new Error('MDB_CORRUPTED: the file is cut off');
  process.stdout.write('whole');
  // Blocks, so that the walk is of the snapshot that was counted.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  for (const { table, stats } of tables) {
    let count = 0;
    // The pages of large values are met by reading these alone.
    const rows = stats.overflowPages > 0 ? table.getRange({}) : table.getKeys({});
    for (const _ of rows) count += 1;
    mustHave(stats, count);
  }
}

/**
 * What `getStats` returns is documented nowhere (docs/decisions/0056): of a version that counts otherwise the
 * comparisons here would hold for every file.
 */
function mustBeCounted(sum) {
  if (Number.isSafeInteger(sum)) return;
  process.stderr.write('Error: getStats of lmdb has changed: install the version in package-lock.json (npm ci)\n');
  process.exit(NOT_RUN);
}

/** A damaged page can look like an empty one. */
function mustHave({ entryCount }, count) {
  if (entryCount !== count) throw new Error('MDB_CORRUPTED: rows are missing');
}

/** `overflowPages` are those of values that do not fit beside their key. */
function countPages({ treeBranchPageCount, treeLeafPageCount, overflowPages }) {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}
