#!/bin/sh
# lmdb (npm) 3.5.6: after a clean end a data file may be shorter than `lastPageNumber` of `getStats` says, though
# nothing is missing. Large transactions leave a long list of free pages; pages that a later transaction counts at the
# end of the file and does not use are never written. So that number does not say whether a copy is whole.
# Exits non-zero when this has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y > /dev/null
npm install --no-audit --no-fund --silent lmdb@3.5.6
cat > probe.cjs << 'PROBE'
const { createHash } = require('node:crypto');
const { rmSync, statSync } = require('node:fs');
const lmdb = require('lmdb');
const names = ['rows', 'first', 'second', 'third'];
let count = 0;
const key = () => createHash('sha256').update(String((count += 1))).digest().subarray(0, 16);
const withTables = async (work) => {
  const root = lmdb.open({ path: 'data.mdb', maxDbs: 8, overlappingSync: false, eventTurnBatching: false });
  const tables = names.map((name) => root.openDB(name, { keyEncoding: 'binary' }));
  await work(root, tables);
  await root.close();
};
const put = ([rows, ...indexes]) => {
  const id = key();
  rows.put(id, 'x'.repeat(300));
  for (const index of indexes) index.put(Buffer.concat([key(), id]), true);
};
const look = () => {
  const root = lmdb.open({ path: 'data.mdb', maxDbs: 8, readOnly: true });
  const { lastPageNumber, pageSize } = root.getStats();
  const rows = [...root.openDB('rows', { keyEncoding: 'binary' }).getKeys({})].length;
  return { counted: lastPageNumber + 1, written: statSync('data.mdb').size / pageSize, rows };
};
/** What a clean end leaves after large transactions and many small ones; some do not show it. */
async function fill() {
  rmSync('data.mdb', { force: true });
  await withTables(async (root, tables) => {
    for (let n = 0; n < 50; n += 1) {
      await root.transaction(() => {
        for (let row = 0; row < 2_000; row += 1) put(tables);
      });
    }
  });
  await withTables(async (root, tables) => {
    for (let n = 0; n < 2; n += 1) {
      await Promise.all(Array.from({ length: 500 }, () => root.childTransaction(() => put(tables.slice(0, 2)))));
    }
  });
  return look();
}

(async () => {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const { counted, written, rows } = await fill();
    console.log(`rows ${rows}, pages counted ${counted}, pages in the file ${written}`);
    if (rows === 101_000 && written < counted) return;
  }
  process.exitCode = 1;
})();
PROBE
node probe.cjs
