import { temporaryDirectory } from '../support/embedded/embedded';
import { callFilledService, fillHundredth } from '../support/growth/filled-service';
import { countReads, type KeysRead } from '../support/growth/keys-read';
import { runCommands } from '../support/growth/run-commands';

// Every table counts what is read of it.
const read: KeysRead = { keys: 0 };
jest.mock('../../src/store/embedded/engine/tables', () => {
  const actual = jest.requireActual<typeof import('../../src/store/embedded/engine/tables')>(
    '../../src/store/embedded/engine/tables',
  );
  return {
    ...actual,
    openTables: (root: Parameters<typeof actual.openTables>[0]) => countReads(actual.openTables(root), read),
  };
});

/** A page has fifty rows, each found by a key of an index; the heaviest user has a hundred sessions to end. */
const MAX_KEYS = 700;

test('No call or command on the embedded store reads more keys than its answer needs, whatever lies in the store', async () => {
  const directory = await temporaryDirectory();
  const url = `file:${directory}`;
  const filled = await fillHundredth({ kind: 'embedded', directory });
  const most = new Map<string, number>();
  const count = (what: string) => {
    most.set(what, Math.max(read.keys, most.get(what) ?? 0));
    read.keys = 0;
  };
  read.keys = 0;
  await callFilledService(url, filled, count);
  read.keys = 0;
  await runCommands(url, count);
  expect(most.size).toBeGreaterThan(50);
  expect([...most].filter(([, keys]) => keys > MAX_KEYS)).toEqual([]);
  expect(most.get('postern.auth.v1.AuthService/Login')).toBeGreaterThan(1);
}, 600_000);
