import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandError, type Terminal } from './command';

/**
 * Asks twice on the terminal and echoes nothing. @throws CommandError when the two differ, or there is no terminal
 */
export async function askNewPassword({ stdin, stderr }: Terminal): Promise<string> {
  if (!stdin.isTTY) throw new CommandError('There is no terminal to ask for the password; give --password-stdin');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  const stopped = new AbortController();
  lines.once('SIGINT', () => stopped.abort());
  lines.once('close', () => stopped.abort());
  const ask = async (prompt: string): Promise<string> => {
    stderr.write(prompt);
    try {
      return await lines.question('', { signal: stopped.signal });
    } catch {
      throw new CommandError('Stopped; nothing was changed');
    } finally {
      stderr.write('\n');
    }
  };
  try {
    const password = await ask('Password: ');
    const again = await ask('The same again: ');
    if (password !== again) throw new CommandError('The two passwords differ; nothing was changed');
    return password;
  } finally {
    lines.close();
  }
}

/** Far more than any password may have; a longer pipe is no password. */
const MAX_BYTES = 64 * 1024;

/** All of standard input but one line end at its end. @throws CommandError */
export async function readPassword({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new CommandError('What stands on standard input is too long for a password');
    chunks.push(Buffer.from(chunk));
  }
  const password = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (password === '') throw new CommandError('Nothing came on standard input; pipe the password into the command');
  return password;
}
