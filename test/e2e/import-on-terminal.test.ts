import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runPostern, workingDirectory } from '../support/processes/service-process';

const BIN = require.resolve('../../bin/postern.js');
const ROWS = 1_500;

test('users import on a terminal draws its bar, and leaves the line to what it prints', async () => {
  const directory = await workingDirectory();
  try {
    const row = (n: number) => `{"external_id":"${n}","email":"u${n}@e.com","username":"user-${n}"}`;
    const rows = [...Array.from({ length: ROWS }, (_, n) => row(n)), '{"external_id":"bad"}'];
    await writeFile(join(directory.path, 'users.ndjson'), rows.join('\n'));
    const admin = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin'];
    const made = await runPostern([...admin, '--new-store'], directory.path, {}, 'an unusually long sentence\n');
    expect(made.code).toBe(0);
    // script (util-linux) gives the command a pseudo terminal, and passes on how it ended.
    const command = `stty cols 100 && '${process.execPath}' '${BIN}' users import users.ndjson --from ndjson`;
    const { stdout, code } = await run('script', ['-qec', command, '/dev/null'], directory.path, {}).ended;
    const printed = stdout.replaceAll('\u001b', 'ESC').split('\r');
    const bars = printed.filter((text) =>
      /^\[#*\.*\] \d+ rows, \d+ a second, \d+ %, \d+ min \d+ s leftESC\[K$/.test(text),
    );
    expect(bars.length).toBeGreaterThan(0);
    const about = `ESC[Kline ${ROWS + 1}: email: INVALID_FIELDS. Must be an email address`;
    expect(printed.filter((text) => text.startsWith(about))).toHaveLength(1);
    expect(stdout).toContain(`Imported ${ROWS}, unchanged 0, refused 1`);
    expect(code).toBe(2);
  } finally {
    await directory.remove();
  }
}, 120_000);
