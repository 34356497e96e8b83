import { rm } from 'node:fs/promises';
import { temporaryDirectory } from '../support/embedded/embedded';
import { lostWrites } from '../support/embedded/embedded-acknowledged';
import { spawnTypeScript } from '../support/processes/spawn-typescript';

describe('A process that writes to the embedded store and is killed', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test.each([
    1, 64,
  ])('leaves every acknowledged write behind, over six kills of one store, %i at once [G4]', async (parallel) => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const writer = spawnTypeScript('embedded/embedded-writer.ts', [directory, String(parallel)]);
      await writer.printed(2 + Math.floor(Math.random() * 40 * parallel));
      writer.child.kill('SIGKILL');
      expect((await writer.ended).signal).toBe('SIGKILL');
      expect(writer.lines[0]).toBe('open');
      expect(writer.lines.length).toBeGreaterThan(1);
      acknowledged.push(...writer.lines);
      expect(await lostWrites(directory, acknowledged)).toEqual([]);
    }
  }, 60_000);
});
