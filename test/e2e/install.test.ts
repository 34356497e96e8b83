import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, workingDirectory } from '../support/processes/service-process';

test('The installer does not install through a link, which would empty what it leads to', async () => {
  const directory = await workingDirectory();
  const clone = join(directory.path, 'clone');
  const others = join(directory.path, 'others');
  for (const name of ['package.json', 'package-lock.json', 'scripts']) {
    cpSync(join(process.cwd(), name), join(clone, name), { recursive: true });
  }
  mkdirSync(others);
  writeFileSync(join(others, 'precious'), '');
  symlinkSync(others, join(clone, 'node_modules'));
  const { code, stderr } = await run(process.execPath, ['scripts/start.mjs'], clone, {}).ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining('node_modules is a link')]);
  expect(existsSync(join(others, 'precious'))).toBe(true);
  await directory.remove();
});
