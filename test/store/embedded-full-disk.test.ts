import { execFileSync } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/domain/eventually';
import { temporaryDirectory } from '../support/embedded/embedded';
import { lostWrites } from '../support/embedded/embedded-acknowledged';
import { spawnTypeScript, type TypeScriptProcess } from '../support/processes/spawn-typescript';

const UNLIMITED = 'unlimited';

// A limit on the size of files makes write(2) fail in a child process as a full filesystem does, without being root.
describe('An embedded store whose disk takes no more', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const limit = ({ child }: TypeScriptProcess, bytes: number | typeof UNLIMITED) =>
    execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:${UNLIMITED}`]);
  const count = ({ lines }: TypeScriptProcess, prefix: string) =>
    lines.filter((line) => line.startsWith(prefix)).length;

  test.each([
    1, 16,
  ])('refuses writes as STORE_UNAVAILABLE, goes on reading, and takes writes again when there is space, %i at once', async (parallel) => {
    const writer = spawnTypeScript('embedded/embedded-writer.ts', [directory, String(parallel), 'service', 'persist']);
    for (let round = 0; round < 3; round += 1) {
      const before = count(writer, 'user');
      await eventually('it writes', () => count(writer, 'user') > before + 10, 10_000);
      limit(writer, (await stat(join(directory, 'data.mdb'))).size);
      const refused = count(writer, 'refused');
      await eventually('it is refused', () => count(writer, 'refused') > refused + 5 * parallel, 10_000);
      limit(writer, UNLIMITED);
    }
    const before = count(writer, 'user');
    await eventually('it writes again', () => count(writer, 'user') > before + 10, 10_000);
    writer.child.kill('SIGKILL');
    expect(await writer.ended).toEqual({ code: null, signal: 'SIGKILL' });
    const refusals = writer.lines.filter((line) => line.startsWith('refused'));
    expect(refusals.filter((line) => !/^refused STORE_UNAVAILABLE, (not )?ready, reads 1$/.test(line))).toEqual([]);
    expect(refusals).toContain('refused STORE_UNAVAILABLE, not ready, reads 1');
    expect(count(writer, 'fatal')).toBe(0);
    // Once in each of the three rounds, or less often: reported again only after it has seen that there is space.
    const problems = writer.lines.filter((line) => line.startsWith('problem'));
    expect(new Set(problems)).toEqual(
      new Set(['problem The disk of the embedded store is full: writes are refused until there is space']),
    );
    expect(problems.length).toBeLessThanOrEqual(3);
    expect(await lostWrites(directory, writer.lines)).toEqual([]);
  }, 60_000);

  test('refuses to open and says what to do', async () => {
    const writer = spawnTypeScript('embedded/embedded-writer.ts', [directory, '1'], 'ulimit -f 0');
    await writer.ended;
    expect(writer.lines).toEqual([
      expect.stringMatching(
        /^error StoreRefusedError The data directory .* its filesystem is full\. Free some space\.$/,
      ),
    ]);
  });
});

test('[G2] An embedded store whose disk fails acknowledges nothing more, reports it once, and tries nothing again', async () => {
  const directory = await temporaryDirectory();
  const writer = spawnTypeScript('embedded/embedded-failing-disk.ts', [directory]);
  expect(await writer.ended).toEqual({ code: 0, signal: null });
  expect(writer.lines).toEqual([
    'fatal 5',
    'insert STORE_UNAVAILABLE',
    'insert STORE_UNAVAILABLE',
    'insert STORE_UNAVAILABLE',
    'ping STORE_UNAVAILABLE',
  ]);
  await rm(directory, { recursive: true, force: true });
});
