import { PassThrough } from 'node:stream';
import { askToGoOn } from '../../../src/cli/ask-to-go-on';
import type { Terminal } from '../../../src/cli/command';

function aTerminal(answer: string | undefined, isTTY = true) {
  const [stdin, stderr] = [Object.assign(new PassThrough(), { isTTY }), new PassThrough()];
  if (answer === undefined) stdin.end();
  else stdin.write(answer);
  const asked: string[] = [];
  stderr.on('data', (text) => asked.push(String(text)));
  return { terminal: { stdin, stderr, stdout: stderr } as unknown as Terminal, asked };
}

test.each(['y\n', 'YES\n', ' yes \n'])('A command that asks goes on after %j', async (answer) => {
  const { terminal, asked } = aTerminal(answer);
  await askToGoOn(terminal, 'Delete ada for good?');
  expect(asked.join('')).toContain('Delete ada for good? [y/N] ');
});

test.each(['\n', 'n\n', 'yea\n', undefined])('A command that asks stops after %j', async (answer) => {
  await expect(askToGoOn(aTerminal(answer).terminal, 'Delete?')).rejects.toThrow('Stopped; nothing was changed');
});

test('A command asks nothing where there is no terminal', async () => {
  const { terminal, asked } = aTerminal(undefined, false);
  await askToGoOn(terminal, 'Delete?');
  expect(asked).toEqual([]);
});
