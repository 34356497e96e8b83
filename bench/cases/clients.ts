import { Driver } from '../../clients/conformance/suite/driver';
import { LANGUAGES, type Language } from '../../clients/conformance/suite/languages';
import { awaitLocal } from '../../test/clients/await-local';
import type { Bar, Panel, Plot } from '../plots/plot';
import { findRange } from '../plots/section-plots';
import { readCost } from '../process-cost';
import type { BenchOptions, Fact, Section } from '../section';
import { mint, seed, seedWatcher, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

const TOKENS = 10_000;
const CONCURRENCY = 64;
const LOCAL_CALLS = 300_000;
const LIBRARY_CALLS = 3_000;
const REMOTE_CALLS = 10_000;
/** What a warm answer may cost, in microseconds. */
const AIMS: Readonly<Record<Language, number>> = { go: 1, typescript: 5, python: 15 };

/** What one answer costs, in microseconds of CPU: the client's and, where the service is asked, the service's too. */
interface Costs {
  readonly local: number[];
  readonly jwtLibrary: number[];
  readonly remote: number[];
}

/**
 * What the clients cost that verify tokens themselves, against a call of the service and the language's JWT library.
 */
export async function clients({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = await seed(database, { users: 1_000 });
  const tokens = await mint(database, users, TOKENS, 'ES256');
  const apiKey = await seedWatcher(database);
  const env = { DATABASE_URL: url, HTTP_ADDRESS: '127.0.0.1:0', JWT_ALGORITHM: 'ES256' };
  const service = await startPostern(env);
  const jwksUrl = `http://${service.httpAddress}/.well-known/jwks.json`;
  const facts: Fact[] = [];
  const panels: Panel[] = [];
  for (const language of LANGUAGES) {
    const driver = await Driver.open(language, { address: service.address, jwks_url: jwksUrl, api_key: apiKey });
    await awaitLocal(driver);
    const costs: Costs = { local: [], jwtLibrary: [], remote: [] };
    const count = (calls: number): number => Math.round(calls * scale);
    for (let round = 0; round < rounds; round += 1) {
      const one = { op: 'bench', tokens } as const;
      costs.local.push(await cpuUs(driver, { ...one, n: count(LOCAL_CALLS) }));
      costs.jwtLibrary.push(await cpuUs(driver, { ...one, way: 'library', n: count(LIBRARY_CALLS) }));
      const before = await spentOn(service);
      const n = count(REMOTE_CALLS);
      const ofClient = await cpuUs(driver, { ...one, way: 'remote', n, concurrency: CONCURRENCY });
      const after = await spentOn(service);
      costs.remote.push(ofClient + (after.cpuUs - before.cpuUs) / (after.calls - before.calls));
    }
    await driver.close();
    facts.push(...buildFacts(language, costs));
    panels.push(buildPanel(language, costs));
  }
  await service.stop();
  remove();
  const title = 'Clients that verify tokens themselves, 10,000 tokens';
  const plot: Plot = {
    kind: 'bars',
    name: 'costs',
    title,
    caption:
      'Bars are medians; thin lines reach from the least to the most of the rounds. The call costs client and service.',
    rows: panels.map((panel) => [panel]),
  };
  return { id: 'clients', title, rows: [], facts, plots: [plot] };
}

async function cpuUs(driver: Driver, how: { readonly op: 'bench'; readonly [more: string]: unknown }): Promise<number> {
  return Number((await driver.ask(how)).cpu_ns_per_validate) / 1_000;
}

function buildPanel(language: Language, { local, jwtLibrary, remote }: Costs): Panel {
  const bar = (name: string, values: readonly number[]): Bar => ({ name, value: median(values), ...findRange(values) });
  return {
    title: `${language}: CPU per answer, µs`,
    bars: [
      { ...bar(`a call of Validate, ${CONCURRENCY} at once`, remote), isBaseline: true },
      bar('the usual JWT library, ES256 each time', jwtLibrary),
      bar('a warm answer of the client', local),
    ],
  };
}

function buildFacts(language: Language, costs: Costs): Fact[] {
  const [local, jwtLibrary, remote] = [median(costs.local), median(costs.jwtLibrary), median(costs.remote)];
  return [
    { name: `${language}: CPU of a warm answer`, value: local, unit: 'us', target: { atMost: AIMS[language] } },
    {
      name: `${language}: CPU of Validate by a client, ${CONCURRENCY} at once, client and service together`,
      value: remote / local,
      unit: 'x that of a warm answer',
      target: { atLeast: 40 },
    },
    {
      name: `${language}: CPU of the usual JWT library that verifies ES256 each time`,
      value: jwtLibrary / local,
      unit: 'x that of a warm answer',
      target: { atLeast: 10 },
    },
  ];
}

/**
 * What the service has used until now, and for how many calls of Validate: a driver warms up by as many as it likes.
 */
async function spentOn({ pid, httpAddress }: ServerProcess): Promise<{ cpuUs: number; calls: number }> {
  const metrics = await (await fetch(`http://${httpAddress}/metrics`)).text();
  const counts = metrics.matchAll(/^postern_call_duration_seconds_count\{[^}]*Validate"[^}]*\} (\d+)$/gm);
  const calls = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  return { cpuUs: readCost(pid).cpuUs, calls };
}
