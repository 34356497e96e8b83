import { decodeTexts, rowEncoding } from '../../../src/store/embedded/engine/row-encoding';

const ROW = {
  id: 'one',
  createdAt: new Date('2026-11-29T10:00:00.123Z'),
  endedAt: null,
  rotatedAt: [1, 2],
  text: '2026-11-29T10:00:00.123Z',
};
const TEXT =
  '{"id":"one","createdAt":"2026-11-29T10:00:00.123Z","endedAt":null,"rotatedAt":[1,2],"text":"2026-11-29T10:00:00.123Z"}';

test('a row is JSON with its times as ISO 8601, and comes back with its times and texts as they were', () => {
  const bytes = rowEncoding.encode(ROW);
  expect(bytes.toString()).toBe(TEXT);
  expect(rowEncoding.decode(bytes)).toEqual(ROW);
  expect(ROW.createdAt).toBeInstanceOf(Date);
});

test.each([['a text'], [7], [true], [null], [['one', 'two']]])('a row that is %j comes back as it was', (row) => {
  expect(rowEncoding.decode(rowEncoding.encode(row))).toEqual(row);
});

test('a row that was read with its times as texts is written as if they had been read as times', () => {
  const row = decodeTexts<typeof ROW>(Buffer.from(TEXT));
  expect(row.createdAt).toBe('2026-11-29T10:00:00.123Z');
  expect(rowEncoding.encode(row).toString()).toBe(TEXT);
});
