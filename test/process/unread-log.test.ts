import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../src/observability/logger';
import { eventually } from '../support/domain/eventually';

const LINES = 5_000;
/** More than the pipe of the system holds, less than all the lines. */
const MAX_WAITING = 256 * 1024;

test('A log that is not read takes no more memory than its bound, and says how much was lost once it is read [E11]', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'postern-log-'));
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Open at both ends, so that it neither waits for a reader nor breaks without one.
  const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  const log = createLogger({ level: 'info', format: 'json', output: { fd, maxWaitingBytes: MAX_WAITING } });
  for (let n = 0; n < LINES; n += 1) log.info({ n }, 'x'.repeat(200));
  let text = '';
  const lostLine = () => text.split('\n').find((line) => line.includes('"log.lost"'));
  await eventually('the loss is logged', async () => {
    text += readAll(fd);
    return lostLine() !== undefined;
  });
  const written = text.match(/"n":\d+/g) ?? [];
  expect(JSON.parse(lostLine() ?? '')).toMatchObject({ level: 'warn', lines: LINES - written.length });
  expect(written.length).toBeGreaterThan(0);
  expect(written.length * 200).toBeLessThan(MAX_WAITING + 128 * 1024);
  // The log keeps its end of the pipe.
  rmSync(directory, { recursive: true });
});

function readAll(fd: number): string {
  const chunk = Buffer.alloc(64 * 1024);
  let text = '';
  try {
    for (let size = readSync(fd, chunk); size > 0; size = readSync(fd, chunk)) text += chunk.toString('utf8', 0, size);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return text;
}
