import { rm } from 'node:fs/promises';
import { temporaryDirectory } from '../support/embedded';
import { lostWrites } from '../support/embedded-acknowledged';
import { spawnTypeScript } from '../support/spawn-typescript';

// A limit on the size of files makes write(2) fail in a child process as a full filesystem does, without being root.
describe('An embedded store whose disk takes no more', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test.each([
    1, 16,
  ])('acknowledges nothing that was not flushed, tells of it once, and takes no further write, %i at once', async (parallel) => {
    const writer = spawnTypeScript('embedded-writer.ts', [directory, String(parallel)], 'ulimit -f 600');
    const { code, signal } = await writer.ended;
    expect({ code, signal, stderr: writer.stderr() }).toMatchObject({ code: 70, signal: null });
    expect(writer.lines.filter((line) => line.startsWith('fatal'))).toHaveLength(1);
    const refusals = writer.lines.filter((line) => line.startsWith('refused'));
    expect(refusals).toEqual(Array.from({ length: parallel }, () => 'refused STORE_UNAVAILABLE'));
    expect(writer.lines.filter((line) => line.startsWith('user')).length).toBeGreaterThan(5);
    expect(await lostWrites(directory, writer.lines)).toEqual([]);
  });

  test('refuses to open and says what to do', async () => {
    const writer = spawnTypeScript('embedded-writer.ts', [directory, '1'], 'ulimit -f 0');
    await writer.ended;
    expect(writer.lines).toEqual([
      expect.stringMatching(
        /^error StoreRefusedError The data directory .* its filesystem is full\. Free some space\.$/,
      ),
    ]);
  });
});
