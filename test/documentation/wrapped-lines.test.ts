import { wrap } from '../../bench/report/wrap';

test('The generated part of docs/benchmarks.md is wrapped at 120 columns, word for word', () => {
  const text = 'Validate: 0.7 at 1, 0.8 at 16, 0.84 at 64. '.repeat(9).trim();
  const lines = wrap(text).split('\n');
  expect(lines.join(' ')).toBe(text);
  expect(lines.map((line) => line.length > 90 && line.length <= 120).slice(0, -1)).toEqual([true, true, true]);
});

test('A further line of docs/benchmarks.md begins with a letter, so that no figure begins a list', () => {
  const [, ...further] = wrap(`${'12. '.repeat(28)}and from 1. `.repeat(4)).split('\n');
  expect(further.length).toBeGreaterThan(1);
  expect(further.filter((line) => !/^\p{L}/u.test(line))).toEqual([]);
});

test('A list item of docs/benchmarks.md that is wrapped stays one item', () => {
  const [item, ...further] = wrap(`- ${'word '.repeat(60)}`.trim(), '  ').split('\n');
  expect(item).toMatch(/^- word/);
  expect(further.map((line) => line.slice(0, 4))).toEqual(['  wo', '  wo']);
});
