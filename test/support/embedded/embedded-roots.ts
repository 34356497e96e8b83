import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// mdb.c of LMDB 1.0 as lmdb-js carries it: struct MDB_meta, in the first two pages of the file.
const MAGIC = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
const FLAGS_AT = 28;
const TRANSACTION_AT = 128;
const TWO_PAGES = 2 * 4096;
/** MDB_OVERLAPPINGSYNC, in the flags of a root: it was written by a commit that did not wait for a flush. */
const UNFLUSHED = 0x1000;

export interface Root {
  /** Grows by one with every commit that changed something. */
  readonly transaction: number;
  /** Whether the commit flushed before it was over. */
  readonly flushed: boolean;
}

/**
 * What the data file of an embedded store names as its newest state. Reads the file alone and no lock file, so it may
 * be called beside an open store.
 */
export function newestRoot(directory: string): Root {
  const start = readFileSync(join(directory, 'data.mdb')).subarray(0, TWO_PAGES);
  const roots: Root[] = [];
  for (let at = start.indexOf(MAGIC); at >= 0; at = start.indexOf(MAGIC, at + 1)) {
    const transaction = Number(start.readBigUInt64LE(at + TRANSACTION_AT));
    roots.push({ transaction, flushed: (start.readUInt16LE(at + FLAGS_AT) & UNFLUSHED) === 0 });
  }
  const [newest] = roots.sort((a, b) => b.transaction - a.transaction);
  if (roots.length !== 2 || newest === undefined) throw new Error('No data file of LMDB as it is known here');
  return newest;
}
