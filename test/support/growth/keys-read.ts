import type { Table, Tables } from '../../../src/store/embedded/engine/tables';

export interface KeysRead {
  keys: number;
}

const WALKS = ['getRange', 'getKeys', 'getValues'] as const;
const LOOK_UPS = ['get', 'doesExist', 'getEntry'] as const;

/** The same tables, which count each key that is looked up or walked over. */
export function countReads(tables: Tables, read: KeysRead): Tables {
  const counted = Object.entries(tables).map(([name, table]) => [name, countTable(table as Table<unknown>, read)]);
  return Object.fromEntries(counted) as Tables;
}

function countTable(table: Table<unknown>, read: KeysRead): Table<unknown> {
  const counting = Object.create(table) as Record<string, unknown>;
  for (const name of LOOK_UPS) {
    const original = (table[name] as (...args: unknown[]) => unknown).bind(table);
    counting[name] = (...args: unknown[]) => {
      read.keys += 1;
      return original(...args);
    };
  }
  for (const name of WALKS) {
    const original = (table[name] as (...args: unknown[]) => Iterable<unknown>).bind(table);
    counting[name] = function* (...args: unknown[]) {
      for (const each of original(...args)) {
        read.keys += 1;
        yield each;
      }
    };
  }
  return counting as unknown as Table<unknown>;
}
