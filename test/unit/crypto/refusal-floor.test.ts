import { createSecretKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/auth/clock';
import { RefusalFloor } from '../../../src/crypto/passwords/imported/refusal-floor';
import { StoredRecipes } from '../../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../../src/crypto/passwords/imported-hashes';
import { createPasswordHasher } from '../../../src/crypto/passwords/password-hasher';
import { testCall } from '../../support/domain/call';

const call = { signal: new AbortController().signal };

/** Until what the floor is has been looked up and measured. */
async function refresh(floor: RefusalFloor): Promise<void> {
  floor.refresh();
  await floor.hold(0, 0, call);
}

function buildFloor({ longestMs = 8_000 } = {}) {
  const state = { now: 1_000_000, dearest: ['bcrypt:2', 'scrypt:1'], refreshes: 0, measured: [] as string[], ms: 100 };
  const floor = new RefusalFloor({
    clock: { monotonic: () => state.now },
    longestMs,
    listDearest: async () => {
      state.refreshes += 1;
      return state.dearest.map((cost) => ({ passwordHash: `hash of ${cost}`, importedHashCost: cost }));
    },
    measure: async (hash) => {
      state.measured.push(hash);
      return hash.includes('scrypt') ? state.ms * 2 : state.ms;
    },
  });
  return { floor, state };
}

describe('The floor of refusals', () => {
  it('is what the dearest hash of any kind takes and a quarter, before one was tried', async () => {
    const { floor, state } = buildFloor();
    await refresh(floor);
    expect(state.measured).toEqual(['hash of bcrypt:2', 'hash of scrypt:1']);
    expect(floor.dueAt(500, 1)).toBe(750);
    expect(floor.dueAt(500, 2)).toBe(1_000);
  });

  it('is nothing without imported accounts', async () => {
    const { floor, state } = buildFloor();
    state.dearest = [];
    await refresh(floor);
    expect(floor.dueAt(500, 2)).toBe(500);
    // The clock stands: what is held ends with its call.
    const signal = AbortSignal.timeout(2_000);
    await floor.hold(state.now, 2, { signal });
    expect(signal.aborted).toBe(false);
  });

  it('is looked up once a second, and measured when there is something dearer', async () => {
    const { floor, state } = buildFloor();
    floor.refresh();
    await refresh(floor);
    state.now += 999;
    await refresh(floor);
    expect([state.refreshes, state.measured.length]).toEqual([1, 2]);
    state.now += 1;
    await refresh(floor);
    expect([state.refreshes, state.measured.length]).toEqual([2, 2]);
    state.dearest = ['bcrypt:3'];
    state.ms = 400;
    state.now += 1_000;
    await refresh(floor);
    expect([state.refreshes, floor.dueAt(0, 1)]).toEqual([3, 500]);
  });

  it('grows with a hash that took longer, and forgets it within two periods', async () => {
    const { floor, state } = buildFloor();
    await refresh(floor);
    floor.record(3_000, 2);
    expect(floor.dueAt(0, 1)).toBe(1_875);
    for (const expected of [1_875, 250]) {
      state.now += 10 * 60_000;
      await refresh(floor);
      expect(floor.dueAt(0, 1)).toBe(expected);
    }
  });

  it('is never more than a refusal may be held for', async () => {
    const { floor } = buildFloor({ longestMs: 150 });
    await refresh(floor);
    expect(floor.dueAt(0, 2)).toBe(150);
  });

  it('stays what it was while the store cannot be read', async () => {
    const { floor, state } = buildFloor();
    await refresh(floor);
    state.now += 1_000;
    Object.defineProperty(state, 'dearest', {
      get() {
        throw new Error('the store is away');
      },
    });
    await refresh(floor);
    expect(floor.dueAt(0, 1)).toBe(250);
  });

  it('holds a refusal until the clock says that it is due, however soon that is', async () => {
    const { floor, state } = buildFloor();
    await refresh(floor);
    let isHeld = true;
    const held = floor.hold(state.now - 249.5, 1, call).then(() => {
      isHeld = false;
    });
    for (let turn = 0; turn < 3; turn += 1) await sleep(5);
    expect(isHeld).toBe(true);
    state.now += 3;
    await held;
  });

  it('has a refusal end at a random moment of the two ms after it is due', async () => {
    let now = 0;
    const floor = new RefusalFloor({
      clock: {
        monotonic: () => {
          now += 0.01;
          return now;
        },
      },
      longestMs: 8_000,
      listDearest: async () => [{ passwordHash: 'a hash', importedHashCost: 'bcrypt:1' }],
      measure: async () => 0.8,
    });
    await refresh(floor);
    const late: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const startedAt = now;
      await floor.hold(startedAt, 1, call);
      late.push(now - startedAt - 1);
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(2.1);
    expect(Math.max(...late) - Math.min(...late)).toBeGreaterThan(0.5);
  });

  it('is waited for by a refusal, but neither after its call has ended nor for longer than it may be held', async () => {
    const build = (longestMs: number) => {
      let found: (dearest: []) => void = () => {};
      const listDearest = () =>
        new Promise<[]>((resolve) => {
          found = resolve;
        });
      const floor = new RefusalFloor({ clock: systemClock, longestMs, listDearest, measure: async () => 1 });
      floor.refresh();
      return { floor, find: () => found([]) };
    };
    const startedAt = systemClock.monotonic();
    await build(600_000).floor.hold(startedAt, 1, { signal: AbortSignal.abort() });
    await build(60).floor.hold(startedAt, 1, call);
    expect(systemClock.monotonic() - startedAt).toBeGreaterThan(55);
    const { floor, find } = build(600_000);
    let isHeld = true;
    const held = floor.hold(startedAt, 1, call).then(() => {
      isHeld = false;
    });
    await new Promise(setImmediate);
    expect(isHeld).toBe(true);
    find();
    await held;
  });
});

it('A refusal ends no later for the time that it takes to open an imported hash', async () => {
  const secret = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 1)) });
  const unused = { hash: () => Promise.reject(new Error('nothing is wrapped')) };
  const imported = createImportedHashes({ hasher: unused, recipes: secret, clock: systemClock });
  const accept = async (text: string) => (await imported.accept(text)) as { hash: string; cost?: string };
  const dear = await accept('$2b$13$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2');
  const cheap = await accept('$2b$04$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2');
  const openingMs = 300;
  const recipes = {
    read(stored: string) {
      if (stored === cheap.hash) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openingMs);
      return secret.read(stored);
    },
  };
  const options = { memoryKib: 8, time: 1, parallelism: 1, concurrency: 1, queue: 4, eventLoops: 1, recipes };
  const listDearest = async () => [{ passwordHash: dear.hash, importedHashCost: dear.cost ?? '' }];
  const hasher = createPasswordHasher({ ...options, refusals: { listDearest, longestMs: 500 } }, systemClock);
  const time = async (stored: string | undefined): Promise<number> => {
    const startedAt = performance.now();
    const { holdRefusal } = await hasher.reserve(testCall()).verify(stored, 'a password');
    await holdRefusal();
    return performance.now() - startedAt;
  };
  try {
    // All are held for as long as may be. A pause of the machine does not come three times.
    const differences: number[] = [];
    await time(undefined);
    for (let n = 0; n < 3; n += 1) differences.push((await time(cheap.hash)) - (await time(undefined)));
    expect(Math.min(...differences.map(Math.abs))).toBeLessThan(openingMs / 2);
  } finally {
    await hasher.close();
  }
});

it('The first refusal after a start, of an unknown user, is held for as long as the dearest imported hash takes', async () => {
  const recipes = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 1)) });
  const cheap = { memoryKib: 8, time: 1, parallelism: 1, concurrency: 1, queue: 4, eventLoops: 1, recipes };
  const salted = '$2b$10$abcdefghijklmnopqrstuuzJHYGxDDR0IJlmjTnzPWpZJwKnBM0i2';
  const unused = { hash: () => Promise.reject(new Error('nothing is wrapped')) };
  const accepted = await createImportedHashes({ hasher: unused, recipes, clock: systemClock }).accept(salted);
  const { hash: passwordHash, cost: importedHashCost = '' } = accepted as { hash: string; cost?: string };
  const listDearest = async () => [{ passwordHash, importedHashCost }];
  const hasher = createPasswordHasher({ ...cheap, refusals: { listDearest, longestMs: 8_000 } }, systemClock);
  try {
    const { holdRefusal } = await hasher.reserve(testCall()).verify(undefined, 'a password');
    const startedAt = performance.now();
    await holdRefusal();
    // 2^10 rounds of Blowfish's key schedule take any machine more; the hash for an unknown user takes less than 1 ms.
    expect(performance.now() - startedAt).toBeGreaterThan(10);
  } finally {
    await hasher.close();
  }
});
