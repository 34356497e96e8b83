import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/embedded/embedded';

const CHECK = 'data-check-process.js';
const COUNTED = '{ pageSize: 4096, entryCount: 0, treeBranchPageCount: 0, treeLeafPageCount: 1, overflowPages: 0 }';

/** Runs the check of the data with a package `lmdb` whose `getStats` returns this. */
async function runCheck(stats: string): Promise<{ code: unknown; stderr: string }> {
  const directory = await temporaryDirectory();
  try {
    const lmdb = join(directory, 'node_modules/lmdb');
    await mkdir(lmdb, { recursive: true });
    await cp(join('src/store/embedded/engine', CHECK), join(directory, CHECK));
    await writeFile(
      join(lmdb, 'index.js'),
      `exports.open = () => ({ getStats: () => (${stats}), getKeys: () => [], openDB: () => ({}) });`,
    );
    const data = join(directory, 'data.mdb');
    await writeFile(data, Buffer.alloc(1 << 20));
    const run = promisify(execFile)(process.execPath, [join(directory, CHECK), data, 'users']);
    return await run.then(
      ({ stderr }) => ({ code: 0, stderr }),
      ({ code, stderr }) => ({ code, stderr }),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

test.each([
  ['counts nothing', '{}'],
  ['counts no rows', '{ pageSize: 4096, root: {}, free: {} }'],
  ['counts pages otherwise', `{ ...${COUNTED}, root: {}, free: ${COUNTED} }`],
])('The check of the data says that lmdb has changed when getStats %s', async (_, stats) => {
  expect(await runCheck(stats)).toEqual({
    code: 3,
    stderr: 'Error: getStats of lmdb has changed: install the version in package-lock.json (npm ci)\n',
  });
});

test('The check of the data finds a file sound whose pages and rows are those that getStats counts', async () => {
  expect(await runCheck(`{ ...${COUNTED}, root: ${COUNTED}, free: ${COUNTED} }`)).toEqual({ code: 0, stderr: '' });
});
