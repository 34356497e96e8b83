import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { COMMANDS } from '../../../src/cli/commands';
import { postern } from '../../../src/cli/postern';

async function overview(...args: string[]): Promise<string[]> {
  const stdout = new PassThrough();
  expect(await postern(args, { stdin: process.stdin, stdout, stderr: process.stderr })).toBe(0);
  stdout.end();
  return (await text(stdout)).split('\n').filter((line) => line.startsWith('  '));
}

const summaries = (prefix: string) =>
  Object.entries(COMMANDS)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, command]) => ({ name, summary: command().summary }));

describe('the list of commands', () => {
  it.each([
    [['help'], ''],
    [['service-accounts'], 'service-accounts '],
    [['users', '--help'], 'users '],
  ])('%j has the summaries in one column, apart from the longest name', async (args, prefix) => {
    const lines = await overview(...args);
    const expected = summaries(prefix);
    const column = 2 + Math.max(...expected.map(({ name }) => name.length)) + 2;
    expect(lines).toEqual(expected.map(({ name, summary }) => `  ${name}`.padEnd(column) + summary));
  });
});
