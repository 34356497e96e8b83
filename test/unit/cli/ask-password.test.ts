import { PassThrough } from 'node:stream';
import { askNewPassword, readPassword } from '../../../src/cli/ask-password';
import type { Terminal } from '../../../src/cli/command';

/** A terminal on which a person types `keys`, and everything that it shows. */
function terminalWith(keys: readonly string[], isTTY = true): { terminal: Terminal; shown: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => stdin });
  let text = '';
  const screen = new PassThrough().setEncoding('utf8');
  let next = 0;
  screen.on('data', (chunk: string) => {
    text += chunk;
    const typed = chunk.endsWith(': ') ? keys[next++] : undefined;
    if (typed !== undefined) setImmediate(() => stdin.write(typed));
  });
  const terminal = { stdin, stdout: screen, stderr: screen } as unknown as Terminal;
  return { terminal, shown: () => text };
}

test('The password prompt asks twice and shows nothing of what is typed', async () => {
  const { terminal, shown } = terminalWith(['pässword one\r', 'pässword one\r']);
  await expect(askNewPassword(terminal)).resolves.toBe('pässword one');
  expect(shown()).toBe('Password: \nThe same again: \n');
});

test('The password prompt takes corrections', async () => {
  const { terminal } = terminalWith(['secrex\u007ft\r', 'secret\r']);
  await expect(askNewPassword(terminal)).resolves.toBe('secret');
});

test('The password prompt refuses two that differ', async () => {
  const { terminal } = terminalWith(['one\r', 'two\r']);
  await expect(askNewPassword(terminal)).rejects.toThrow('differ; nothing was changed');
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('stops at %s', async (_name, key) => {
  const { terminal } = terminalWith([key]);
  await expect(askNewPassword(terminal)).rejects.toThrow('Stopped; nothing was changed');
});

test('The password prompt without a terminal says what to give', async () => {
  const { terminal } = terminalWith([], false);
  await expect(askNewPassword(terminal)).rejects.toThrow('--password-stdin');
});

test.each([
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['secret', 'secret'],
  [' two lines\nhere \n', ' two lines\nhere '],
])('reads %j from standard input', async (text, password) => {
  const { terminal } = terminalWith([], false);
  (terminal.stdin as unknown as PassThrough).end(text);
  await expect(readPassword(terminal)).resolves.toBe(password);
});

test('The password prompt does not read without end', async () => {
  const { terminal } = terminalWith([], false);
  (terminal.stdin as unknown as PassThrough).end('x'.repeat(65 * 1024));
  await expect(readPassword(terminal)).rejects.toThrow('too long');
});
