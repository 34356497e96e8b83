import { createSecretKey } from 'node:crypto';
import { systemClock } from '../../src/auth/clock';
import { StoredRecipes } from '../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../src/crypto/passwords/imported-hashes';
import { type ClosablePasswordHasher, createPasswordHasher } from '../../src/crypto/passwords/password-hasher';
import { type ImportedVector, IS_DEAR, ONE_OF_EACH_FORMAT } from '../support/crypto/imported-vectors';
import { testCall } from '../support/domain/call';
import { areaUnderCurve } from '../support/statistics/area-under-curve';
import { shuffle } from '../support/statistics/shuffle';

/** Of each format, and of each kind at least 8: few, since a leak separates them all. */
const [TRIES_PER_FORMAT, TRIES] = [4, 8] as const;
const [MIN_AREA, MAX_AREA] = [0.05, 0.95] as const;

const recipes = new StoredRecipes({ current: createSecretKey(Buffer.alloc(32, 1)) });
// Event loops that keep all cores busy: the threads of this test are not to starve beside other programs.
const options = { eventLoops: 1_000, memoryKib: 2_048, time: 2, parallelism: 1, concurrency: 1, queue: 64, recipes };

interface Opened {
  readonly hasher: ClosablePasswordHasher;
  readonly stored: readonly string[];
}

/** What of a cost says how it comes about: `argon2`, `pbkdf2-sha256`. */
const findKind = (cost: string) => cost.slice(0, cost.indexOf(':'));

/** A hasher of a store that holds hashes of these formats. */
async function openHasher(formats: readonly ImportedVector[]): Promise<Opened> {
  const accepted = await acceptAll(formats);
  const listed = accepted.map(({ hash, cost }) => ({ passwordHash: hash, importedHashCost: cost }));
  const refusals = { listDearest: async () => listed, longestMs: 10_000 };
  const hasher = createPasswordHasher({ ...options, refusals }, systemClock);
  return { hasher, stored: accepted.map(({ hash }) => hash) };
}

async function acceptAll(formats: readonly ImportedVector[]): Promise<{ hash: string; cost: string }[]> {
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

interface Areas {
  /** How often a refusal of an imported account takes longer than one of the others; 0.5: as often as not. */
  readonly together: number;
  readonly ofFormats: ReadonlyMap<string, number>;
}

/** Of accounts of these formats, each of which is tried as often, and as many others, in one interleaved run. */
async function compare(formats: readonly ImportedVector[]): Promise<Areas> {
  const { hasher, stored } = await openHasher(formats);
  try {
    const native = await hasher.hash('the password', testCall());
    for (const hash of [stored[0], undefined]) await timeRefusal(hasher, hash);
    const imported = formats.map((): number[] => []);
    const others: number[] = [];
    const rounds = Math.max(TRIES_PER_FORMAT, Math.ceil(TRIES / formats.length));
    for (let round = 0; round < rounds; round += 1) {
      for (const at of shuffle([...formats.keys()])) {
        const pair = [
          { hash: stored[at], times: imported[at] },
          { hash: (round + at) % 2 === 0 ? undefined : native, times: others },
        ];
        for (const { hash, times } of shuffle(pair)) times?.push(await timeRefusal(hasher, hash));
      }
    }
    const areas = formats.map(({ format }, at) => [format, areaUnderCurve(imported[at] ?? [], others)] as const);
    return { together: areaUnderCurve(imported.flat(), others), ofFormats: new Map(areas) };
  } finally {
    await hasher.close();
  }
}

const isWithin = (area: number) => area > MIN_AREA && area < MAX_AREA;

/** What was chance, or the load of the machine, does not come three times. */
async function again<T>(measure: () => Promise<T>, holds: (measured: T) => boolean): Promise<T> {
  let measured = await measure();
  for (let retry = 0; retry < 2 && !holds(measured); retry += 1) measured = await measure();
  return measured;
}

const outside = ({ ofFormats }: Areas) => [...ofFormats].filter(([, area]) => !isWithin(area));

test('The time of a refusal distinguishes an imported hash of no format from an unknown user or argon2id', async () => {
  const all = await acceptAll(ONE_OF_EACH_FORMAT);
  const kinds = new Map<string, ImportedVector[]>();
  for (const [n, { cost }] of all.entries()) {
    const vector = ONE_OF_EACH_FORMAT[n] as ImportedVector;
    const kind = `${findKind(cost)}${IS_DEAR.test(vector.format) ? ', dear' : ''}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), vector]);
  }
  const together: number[] = [];
  for (const [kind, formats] of kinds) {
    const areas = await again(
      () => compare(formats),
      (measured) => isWithin(measured.together) && outside(measured).length === 0,
    );
    expect([kind, areas.together, outside(areas)]).toEqual([kind, expect.any(Number), []]);
    expect([kind, areas.together, isWithin(areas.together)]).toEqual([kind, areas.together, true]);
    together.push(areas.together);
  }
  const mean = together.reduce((sum, area) => sum + area, 0) / together.length;
  // At least 8 tries of each of two dozen kinds: 5 standard deviations.
  expect(mean).toBeGreaterThan(0.3);
  expect(mean).toBeLessThan(0.7);
}, 900_000);

/** As `compare`, each time on a hasher of its own that no test has used. */
async function compareFirstTries(formats: readonly ImportedVector[]): Promise<number> {
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
  const dear = ONE_OF_EACH_FORMAT.filter(({ format }) => format === 'passlib sha512_crypt');
  const area = await again(() => compareFirstTries(dear), isWithin);
  expect([area, isWithin(area)]).toEqual([area, true]);
}, 480_000);
