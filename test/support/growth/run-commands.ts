import { Readable, Writable } from 'node:stream';
import { COMMAND_LINES, CommandRun } from '../../../bench/cases/growth/command-lines';
import { SECRET_KEY } from '../../../bench/secret-key';
import { postern } from '../../../src/cli/postern';

/** Runs each command on a store that no service of this process has open; throws when one fails. */
export async function runCommands(url: string, onCommand: (name: string) => void): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, { DATABASE_URL: url, SECRET_KEY });
  const run = new CommandRun();
  try {
    for (const [name, findLine] of Object.entries(COMMAND_LINES)) {
      const { command, words, stdin = '' } = findLine(run);
      const [stdout, stderr] = [kept(), kept()];
      const code = await postern([...command.split(' '), ...words], {
        stdin: Readable.from([Buffer.from(stdin)]),
        stdout: stdout.stream,
        stderr: stderr.stream,
      } as never);
      if (code !== 0) throw new Error(`postern ${name}: ${stderr.text()}${stdout.text()}`);
      run.hear(stdout.text());
      onCommand(name);
    }
  } finally {
    process.env = before;
  }
}

function kept() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
}
