import fc from 'fast-check';
import { StreamTable } from '../../../src/grpc/connections/stream-table';

// 256 apart, as 2 n and 2 n + 1, they want the same place.
const keys = fc
  .record({ near: fc.integer({ min: 1, max: 3 }), far: fc.integer({ min: 0, max: 2 }) })
  .map(({ near, far }) => near + far * 256);
const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ act: fc.constant('set' as const), key: keys }) },
  { weight: 9, arbitrary: fc.record({ act: fc.constant('delete' as const), key: keys }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('clear' as const), key: keys }) },
);

/** What the table, or the Map, answers. */
function apply(act: 'set' | 'delete' | 'clear', to: Map<number, string>, key: number): unknown {
  if (act === 'delete') return to.delete(key);
  if (act === 'clear') return to.clear();
  return to.set(key, `value ${key}`) === to;
}

const byKey = ([a]: [number, unknown], [b]: [number, unknown]) => a - b;

describe('the table of streams', () => {
  it('answers as a Map, but for the order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new StreamTable<string>();
        const map = new Map<number, string>();
        for (const { act, key } of steps) {
          expect(apply(act, table, key)).toEqual(apply(act, map, key));
          expect([table.size, table.has(key), table.get(key)]).toEqual([map.size, map.has(key), map.get(key)]);
        }
        expect([...table]).toEqual([...map].sort(byKey));
        expect([...table.keys()]).toEqual([...table].map(([key]) => key));
        expect([...table.values()]).toEqual([...table].map(([, value]) => value));
      }),
    );
  });

  it('lets what it holds be deleted while it is gone through', () => {
    const table = new StreamTable<string>();
    for (const key of [1, 3, 5]) table.set(key, `stream ${key}`);
    const seen: unknown[] = [];
    table.forEach((value, key, whole) => {
      seen.push([key, value, whole === table]);
      table.delete(3);
    });
    expect(seen).toEqual([
      [1, 'stream 1', true],
      [5, 'stream 5', true],
    ]);
    expect(table.size).toBe(2);
  });

  it('knows no key that was not set, whatever objects inherit', () => {
    const table: Map<unknown, unknown> = new StreamTable() as Map<unknown, unknown>;
    for (const key of ['constructor', '__proto__', 'toString', 1]) expect(table.has(key)).toBe(false);
    expect(String(table)).toBe('[object StreamTable]');
  });

  it('keeps one of each key when the place it wanted first is free again', () => {
    const table = new StreamTable<string>();
    table.set(1, 'first').set(257, 'second');
    table.delete(1);
    table.set(257, 'again');
    expect([...table]).toEqual([[257, 'again']]);
    expect(table.size).toBe(1);
  });
});
