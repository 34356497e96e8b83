import { createInterface } from 'node:readline/promises';
import { CommandError, type Terminal } from './command';

/**
 * Asks on a terminal whether to go on; a program that has none is not asked. @throws CommandError for any answer but
 * yes
 */
export async function askToGoOn({ stdin, stderr }: Terminal, question: string): Promise<void> {
  if (!stdin.isTTY) return;
  const lines = createInterface({ input: stdin, output: stderr, historySize: 0 });
  const stopped = new AbortController();
  lines.once('SIGINT', () => stopped.abort());
  lines.once('close', () => stopped.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: stopped.signal }).catch(() => '');
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Stopped; nothing was changed');
  } finally {
    lines.close();
  }
}
