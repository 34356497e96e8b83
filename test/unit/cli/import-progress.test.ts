import { PassThrough } from 'node:stream';
import { Progress } from '../../../src/cli/import/progress';

function aTerminal(properties: { isTTY?: boolean; columns?: number }) {
  const stream = Object.assign(new PassThrough(), properties);
  return { stream, text: () => String(stream.read() ?? '').replaceAll('\u001b', 'ESC') };
}

const half = { text: (async function* () {})(), totalBytes: 1_000, readBytes: () => 500 };

test('On a terminal the progress of an import is a bar with part, rate and remaining time, drawn over itself', () => {
  const { stream, text } = aTerminal({ isTTY: true, columns: 80 });
  const progress = new Progress(stream, half);
  progress.show(300);
  expect(text()).toMatch(/^\r\[#{10}\.{10}\] 300 rows, \d+ a second, 50 %, 0 min \d+ s leftESC\[K$/);
  progress.clear();
  expect(text()).toBe('\rESC[K');
});

test('A narrow terminal has no bar, and standard input has no end that could be estimated', () => {
  const narrow = aTerminal({ isTTY: true, columns: 60 });
  new Progress(narrow.stream, half).show(300);
  expect(narrow.text()).toMatch(/^\r300 rows, \d+ a second, 50 %, 0 min \d+ s left/);
  const endless = aTerminal({ isTTY: true, columns: 80 });
  new Progress(endless.stream, { ...half, totalBytes: undefined }).show(300);
  expect(endless.text()).toMatch(/^\r300 rows, \d+ a secondESC\[K$/);
});

test('Where there is no terminal an import draws nothing', () => {
  const { stream, text } = aTerminal({});
  const progress = new Progress(stream, half);
  progress.show(300);
  progress.clear();
  expect(text()).toBe('');
});
