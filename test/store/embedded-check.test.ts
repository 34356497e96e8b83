import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDataCheck } from '../../src/store/embedded/engine/check-data';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { eventually } from '../support/domain/eventually';
import { storeOptions, temporaryDirectory } from '../support/embedded/embedded';

/** In the place of Node: says what the walk says, and does not end. */
async function hangsAfter(...words: string[]): Promise<{ program: string; findPid(): Promise<number> }> {
  const directory = await temporaryDirectory();
  const [program, pid] = [join(directory, 'node'), join(directory, 'pid')];
  const lines = ['#!/bin/sh', `echo $$ > ${pid}`, ...words.map((word) => `printf ${word}`), 'exec sleep 60'];
  await writeFile(program, lines.join('\n'));
  await chmod(program, 0o755);
  return { program, findPid: async () => Number(await readFile(pid, 'utf8')) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('A check that is over counts, though its process hangs at its end, and the process is ended', async () => {
  const { program, findPid } = await hangsAfter('whole', 'sound');
  await startDataCheck('no-file', { node: program }).done;
  const pid = await findPid();
  await eventually('its process is gone', () => !isAlive(pid));
});

test('A check that has only found the file whole is not over', async () => {
  const { program } = await hangsAfter('whole');
  const check = startDataCheck('no-file', { node: program });
  await check.isWhole;
  const late = new Promise((resolve) => setTimeout(resolve, 300, 'not over'));
  expect(await Promise.race([check.done, late])).toBe('not over');
  check.stop();
});

test('A check that is to wait finds the file whole at once, and walks later', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'data.mdb');
  const store = await openEmbeddedStore(directory, storeOptions({ openedBy: 'tool' }));
  await store.close();
  await startDataCheck(file).done;
  const check = startDataCheck(file, { pauseMs: 60_000 });
  await check.isWhole;
  const late = new Promise((resolve) => setTimeout(resolve, 500, 'not over'));
  expect(await Promise.race([check.done, late])).toBe('not over');
  check.stop();
});
