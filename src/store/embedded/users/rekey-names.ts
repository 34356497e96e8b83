import type { StoredUser } from '../../../auth/accounts/users';
import { nextIteration } from '../../../auth/next-iteration';
import type { NameCollision } from '../../name-collision';
import type { Engine } from '../engine/engine';
import { textKey } from '../engine/keys';
import type { Table, Tables } from '../engine/tables';
import { keyOfEmail, keyOfUsername } from './name-keys';

const VERSION_KEY = textKey('nameKeysVersion');
/** Grows when `comparisonKey` or `emailKey` begins to give another key for some name. */
const VERSION = 2;
/** Names per transaction: a few ms, so that calls are answered in between. */
const BATCH = 500;

const INDEXES = [
  { field: 'email', index: ({ emails }: Tables) => emails, buildKey: (user: StoredUser) => keyOfEmail(user.email) },
  {
    field: 'username',
    index: ({ usernames }: Tables) => usernames,
    buildKey: (u: StoredUser) => keyOfUsername(u.username),
  },
] as const;

/**
 * Brings the indexes of names, once, to the keys in force. A name whose key another user has keeps its old key; these
 * are returned, and looked for again by the next call. Does nothing where it has been done.
 */
export async function rekeyNames(engine: Engine): Promise<NameCollision[]> {
  if ((engine.snapshot(({ counters }) => counters.get(VERSION_KEY)) ?? 0) >= VERSION) return [];
  const collisions: NameCollision[] = [];
  for (const { field, index, buildKey } of INDEXES) {
    let waiting = await pass(engine, index, buildKey);
    // A key may be free only after its holder has moved: as long as something moves, another pass may move more.
    for (let before = waiting.length + 1; waiting.length > 0 && waiting.length < before; ) {
      before = waiting.length;
      waiting = await pass(engine, index, buildKey);
    }
    collisions.push(...waiting.map((userId) => ({ userId, field })));
  }
  if (collisions.length === 0) await engine.write(undefined, ({ counters }) => counters.put(VERSION_KEY, VERSION));
  return collisions;
}

/** One walk through an index; returns the users whose key is another's. */
async function pass(
  engine: Engine,
  indexIn: (tables: Tables) => Table<string>,
  buildKey: (user: StoredUser) => Buffer,
): Promise<string[]> {
  const waiting: string[] = [];
  let after: Buffer | undefined;
  for (;;) {
    const range = { ...(after && { start: after, exclusiveStart: true }), limit: BATCH };
    const entries = engine.snapshot((tables) => {
      return [...indexIn(tables).getRange(range)].map(({ key, value }) => {
        const user = tables.users.get(textKey(value));
        return { key, userId: value, wanted: user && buildKey(user) };
      });
    });
    const moving = entries.filter(({ key, wanted }) => wanted === undefined || !wanted.equals(key));
    if (moving.length > 0) {
      waiting.push(...(await engine.write(undefined, (tables) => moveAll(indexIn(tables), moving))));
    }
    after = entries.at(-1)?.key;
    if (entries.length < BATCH) return waiting;
    await nextIteration();
  }
}

interface Moving {
  readonly key: Buffer;
  readonly userId: string;
  /** Undefined: the user is gone. */
  readonly wanted: Buffer | undefined;
}

/** Moves what can be moved; returns the users who cannot. */
function moveAll(index: Table<string>, moving: readonly Moving[]): string[] {
  const waiting: string[] = [];
  for (const { key, userId, wanted } of moving) {
    if (index.get(key) !== userId) continue;
    const holder = wanted && index.get(wanted);
    if (wanted !== undefined && holder !== undefined && holder !== userId) {
      waiting.push(userId);
      continue;
    }
    index.remove(key);
    if (wanted !== undefined) index.put(wanted, userId);
  }
  return waiting;
}
