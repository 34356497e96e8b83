import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

test('docs/verifiers.md has the tables that interop/results.json makes', async () => {
  await expect(run(process.execPath, ['interop/harness/table.mjs', '--check'])).resolves.toMatchObject({ stderr: '' });
});
