import { createSecretKey } from 'node:crypto';
import { systemClock } from '../../../src/auth/clock';
import type { ImportHints } from '../../../src/auth/import/imported-hashes';
import { StoredRecipes } from '../../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../../src/crypto/passwords/imported-hashes';
import { type ClosablePasswordHasher, createPasswordHasher } from '../../../src/crypto/passwords/password-hasher';
import { testCall } from '../../support/domain/call';
import { areaUnderCurve } from '../../support/statistics/area-under-curve';
import { shuffle } from '../../support/statistics/shuffle';
import vectors from './vectors/imported-hashes.json';

interface Vector {
  readonly format: string;
  readonly hash: string;
  readonly hints?: ImportHints;
}

/** One of each format, but for those whose defaults are so dear that the dearest of them would hide all others. */
const FORMATS = (vectors as readonly Vector[])
  .filter(({ format }, n, all) => all.findIndex((each) => each.format === format) === n)
  .filter(({ format }) => !/^Django (argon2|bcrypt|scrypt|pbkdf2)/.test(format));
/** Few, since a leak separates them all; chance does so in one of 6,000 comparisons. */
const TRIES = 8;
const [LEAST, MOST] = [0.05, 0.95] as const;

const recipes = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 1)) });
// Event loops that keep all cores busy: the threads of this test are not to starve beside other programs.
const options = { eventLoops: 1_000, memoryKib: 2_048, time: 2, parallelism: 1, concurrency: 1, queue: 64, recipes };

interface Opened {
  readonly hasher: ClosablePasswordHasher;
  readonly stored: readonly string[];
}

/** What of a cost says how it comes about: `argon2`, `pbkdf2-sha256`. */
const kindOf = (cost: string) => cost.slice(0, cost.indexOf(':'));

/** A hasher of a store that holds hashes of these formats. */
async function openHasher(formats: readonly Vector[]): Promise<Opened> {
  const accepted = await acceptAll(formats);
  const listed = accepted.map(({ hash, cost }) => ({ passwordHash: hash, importedHashCost: cost }));
  const refusals = { listDearest: async () => listed, longestMs: 10_000 };
  const hasher = createPasswordHasher({ ...options, refusals }, systemClock);
  return { hasher, stored: accepted.map(({ hash }) => hash) };
}

async function acceptAll(formats: readonly Vector[]): Promise<{ hash: string; cost: string }[]> {
  const hasher = createPasswordHasher(options, systemClock);
  const imported = createImportedHashes({ hasher, recipes, clock: systemClock });
  try {
    return await Promise.all(
      formats.map(async ({ format, hash, hints }) => {
        const accepted = await imported.accept(hash, hints);
        if ('refused' in accepted) throw new Error(`${format}: ${accepted.refused}`);
        return { hash: accepted.hash, cost: accepted.cost ?? '' };
      }),
    );
  } finally {
    await hasher.close();
  }
}

async function timeRefusal(hasher: ClosablePasswordHasher, stored: string | undefined): Promise<number> {
  const startedAt = performance.now();
  const { matches, holdRefusal } = await hasher.reserve(testCall()).verify(stored, 'a wrong password');
  await holdRefusal();
  if (matches) throw new Error('A wrong password matched');
  return performance.now() - startedAt;
}

/** How often a refusal of the imported accounts takes longer than one of the others; 0.5: as often as not. */
async function compare(formats: readonly Vector[]): Promise<number> {
  const { hasher, stored } = await openHasher(formats);
  try {
    const native = await hasher.hash('the password', testCall());
    for (const hash of [stored[0], undefined]) await timeRefusal(hasher, hash);
    const times: Record<'imported' | 'other', number[]> = { imported: [], other: [] };
    for (let n = 0; n < TRIES; n += 1) {
      const kinds = { imported: stored[n % stored.length], other: n % 2 === 0 ? undefined : native } as const;
      for (const kind of shuffle(['imported', 'other'] as const)) {
        times[kind].push(await timeRefusal(hasher, kinds[kind]));
      }
    }
    return areaUnderCurve(times.imported, times.other);
  } finally {
    await hasher.close();
  }
}

const isWithin = (area: number) => area > LEAST && area < MOST;

/** What was chance, or the load of the machine, does not come three times. */
async function again(measure: () => Promise<number>): Promise<number> {
  let area = await measure();
  for (let retry = 0; retry < 2 && !isWithin(area); retry += 1) area = await measure();
  return area;
}

test('The time of a refusal distinguishes an imported hash of no kind from an unknown user or argon2id', async () => {
  const all = await acceptAll(FORMATS);
  const kinds = new Map<string, Vector[]>();
  for (const [n, { cost }] of all.entries()) {
    kinds.set(kindOf(cost), [...(kinds.get(kindOf(cost)) ?? []), FORMATS[n] as Vector]);
  }
  const areas: number[] = [];
  for (const [kind, formats] of kinds) {
    const area = await again(() => compare(formats));
    expect([kind, area, isWithin(area)]).toEqual([kind, area, true]);
    areas.push(area);
  }
  const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
  // 8 tries of each of a dozen kinds: 5 standard deviations.
  expect(mean).toBeGreaterThan(0.3);
  expect(mean).toBeLessThan(0.7);
}, 480_000);

/** As `compare`, each time on a hasher of its own that nobody has used. */
async function compareFirstTries(formats: readonly Vector[]): Promise<number> {
  const [imported, unknown]: [number[], number[]] = [[], []];
  for (let n = 0; n < TRIES; n += 1) {
    for (const times of shuffle([imported, unknown])) {
      const { hasher, stored } = await openHasher(formats);
      times.push(await timeRefusal(hasher, times === imported ? stored[0] : undefined));
      await hasher.close();
    }
  }
  return areaUnderCurve(imported, unknown);
}

test('The time of a refusal does not reveal imported accounts at the first try after a start either', async () => {
  const dear = FORMATS.filter(({ format }) => format === 'passlib sha512_crypt');
  const area = await again(() => compareFirstTries(dear));
  expect([area, isWithin(area)]).toEqual([area, true]);
}, 480_000);
