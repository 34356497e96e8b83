import { Writable } from 'node:stream';
import { SECRET_KEY } from '../../../bench/secret-key';
import { postern } from '../../../src/cli/postern';
import { COMMANDS } from './commands';

/** Runs each command line on a store that no service of this process has open; throws when one fails. */
export async function runCommands(url: string, onCommand: (command: string) => void): Promise<void> {
  const before = { ...process.env };
  Object.assign(process.env, { DATABASE_URL: url, SECRET_KEY });
  try {
    for (const command of COMMANDS) {
      const [stdout, stderr] = [kept(), kept()];
      const code = await postern(command, {
        stdin: process.stdin,
        stdout: stdout.stream,
        stderr: stderr.stream,
      } as never);
      if (code !== 0) throw new Error(`postern ${command.join(' ')}: ${stderr.text()}`);
      onCommand(command.join(' '));
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
