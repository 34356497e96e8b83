import { performance } from 'node:perf_hooks';
import { IS_DEAR } from '../../../test/support/crypto/imported-vectors';
import { areaUnderCurve } from '../../../test/support/statistics/area-under-curve';
import { shuffle } from '../../../test/support/statistics/shuffle';
import { factText } from '../../report/table';
import type { BenchOptions, Fact, Section } from '../../section';
import { seed, temporaryDatabase } from '../../seed';
import { startPostern } from '../../servers/servers';
import { median } from '../../statistics';
import { Caller } from '../growth/caller';
import { type ImportedFormat, importedFormats, storeImported } from './imported-accounts';

const NATIVE_ACCOUNTS = 16;
const WRONG_PASSWORD = 'a wrong password';
/** Refusals of imported accounts, and as many of others, in each store. */
const TRIES = 400;
/** A store whose dearest hash takes long gets fewer. */
const MOST_MS = 60_000;

/** No account fails as often within a second. */
const LIMITS = { LOGIN_MAX_FAILURES: '100', LOGIN_WINDOW_SECONDS: '1', REQUEST_TIMEOUT_SECONDS: '60' };

interface Refusals {
  readonly imported: ReadonlyMap<string, readonly number[]>;
  readonly others: readonly number[];
}

/**
 * How long a refused Login takes for accounts that were imported and for others (of this service, and unknown names),
 * in one interleaved run. Each kind of hash has a store of its own, where the dearest of its formats is all that holds
 * refusals; one more store has all formats.
 */
export async function importTiming(options: BenchOptions): Promise<Section> {
  const all = await importedFormats();
  const stores = new Map<string, ImportedFormat[]>();
  for (const each of all) {
    const name = `${each.kind}${IS_DEAR.test(each.format) ? ', dear' : ''}`;
    stores.set(name, [...(stores.get(name) ?? []), each]);
  }
  stores.set('all in one store', all);
  const facts: Fact[] = [];
  for (const [name, formats] of stores) {
    const found = areaFacts(name, await timeRefusals(formats, options));
    // Printed as they come: the whole takes half an hour.
    process.stderr.write(`${found.map(factText).join('\n')}\n`);
    facts.push(...found);
  }
  return { id: 'import-timing', title: 'Refused logins of imported accounts and of others', rows: [], facts };
}

async function timeRefusals(formats: readonly ImportedFormat[], { scale }: BenchOptions): Promise<Refusals> {
  const tries = Math.ceil(TRIES * scale);
  const { database, url, remove } = temporaryDatabase();
  await seed(database, { users: NATIVE_ACCOUNTS });
  const accounts = await storeImported(database, formats);
  const server = await startPostern({ DATABASE_URL: url, ...LIMITS });
  const caller = new Caller(server.address);
  // The first refusal waits until the dearest hash has been measured; the first of a format loads its code.
  for (const name of accounts.values()) await timeRefusal(caller, name);
  await timeRefusal(caller, 'user-0');
  const refusals = await interleave(caller, accounts, { tries, endAt: performance.now() + MOST_MS * scale });
  caller.close();
  await server.stop();
  remove();
  return refusals;
}

async function interleave(
  caller: Caller,
  accounts: ReadonlyMap<string, string>,
  { tries, endAt }: { readonly tries: number; readonly endAt: number },
): Promise<Refusals> {
  const imported = new Map<string, number[]>([...accounts.keys()].map((format) => [format, []]));
  const others: number[] = [];
  let n = 0;
  while (others.length < tries && performance.now() < endAt) {
    for (const [format, account] of shuffle([...accounts])) {
      n += 1;
      const other = n % 2 === 0 ? `nobody-${n}` : `user-${n % NATIVE_ACCOUNTS}`;
      const pair = [
        { name: account, times: imported.get(format) },
        { name: other, times: others },
      ];
      for (const { name, times } of shuffle(pair)) times?.push(await timeRefusal(caller, name));
    }
  }
  return { imported, others };
}

async function timeRefusal(caller: Caller, username: string): Promise<number> {
  const startedAt = performance.now();
  await caller.refusedLogin(username, WRONG_PASSWORD);
  return performance.now() - startedAt;
}

function areaFacts(name: string, { imported, others }: Refusals): Fact[] {
  const times = [...imported.values()].flat();
  const area = areaUnderCurve(times, others);
  const areas = [...imported].map(([format, own]) => ({ format, area: areaUnderCurve(own, others) }));
  areas.sort((a, b) => a.area - b.area);
  const [least, most] = [areas[0], areas.at(-1)].map((each) => `${each?.format} ${each?.area.toFixed(2)}`);
  const of = `${name}: ${imported.size} formats, ${times.length} refusals`;
  return [
    {
      name: `${of}, distance of the area (${area.toFixed(3)}) from 0.5`,
      value: Math.abs(area - 0.5),
      unit: '',
      target: { atMost: 0.05 },
    },
    { name: `${name}: median of a refusal, imported (${least} to ${most})`, value: median(times), unit: 'ms' },
    { name: `${name}: median of a refusal, others`, value: median(others), unit: 'ms' },
  ];
}
