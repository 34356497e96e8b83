import { measureOnce } from '../measure';
import type { Line } from '../plots/plot';
import * as requests from '../requests';
import type { BenchOptions, Fact, Section } from '../section';
import { mint, PASSWORD, seed } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';
import { floodLine, floodPlot, MOST_MS } from './flood-timeline';
import { bothStores, type StoreUnderTest } from './stores';

export const PER_SECOND = 1_000;
export const SECONDS = 4;
const FLOOD_CLIENTS = 64;

/** Validate at a steady rate, alone and while 64 clients log in as fast as they can. */
export async function flood(options: BenchOptions): Promise<Section> {
  const facts: Fact[] = [];
  const lines: Line[] = [];
  for (const store of await bothStores()) {
    const found = await floodOf(store, options);
    facts.push(...found.facts);
    lines.push(found.line);
    await store.remove();
  }
  return {
    id: 'flood',
    title: `Validate at ${PER_SECOND} calls per second during a flood of logins`,
    rows: [],
    facts,
    plots: [floodPlot(lines)],
  };
}

async function floodOf(
  { name, database, url }: StoreUnderTest,
  { rounds, scale }: BenchOptions,
): Promise<{ facts: Fact[]; line: Line }> {
  const users = await seed(database, { users: 200 });
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const calm: number[] = [];
  const flooded: number[] = [];
  const logins: number[] = [];
  let wrong = 0;
  for (let round = -1; round < rounds; round += 1) {
    const alone = await steady(server, token, scale);
    const together = await underFlood(server, token, scale);
    if (round < 0) continue;
    calm.push(alone.p99);
    flooded.push(together.p99);
    logins.push(together.loginsPerSecond);
    wrong += alone.wrong + together.wrong;
  }
  const line = await floodLine(name, server, token);
  await server.stop();
  const [before, during] = [median(calm), median(flooded)];
  const facts: Fact[] = [
    { name: `${name}, p99 without the flood`, value: before / 1000, unit: 'ms' },
    { name: `${name}, p99 during the flood`, value: during / 1000, unit: 'ms', target: { atMost: MOST_MS } },
    { name: `${name}, the one to the other`, value: during / before, unit: 'x', target: { atMost: 3 } },
    { name: `${name}, logins per second meanwhile`, value: median(logins), unit: '' },
    { name: `${name}, wrong answers to Validate`, value: wrong, unit: '', target: { atMost: 0 } },
  ];
  return { facts, line };
}

/** Validate at a steady rate. */
export async function steady(server: ServerProcess, token: string, scale: number) {
  const shape = { concurrency: 16, calls: Math.round(PER_SECOND * SECONDS * scale) };
  const request = [requests.validateRequest(token)];
  const load = requests.loadOf('Validate', request, requests.validateReplyBytes('user-0'), shape);
  return measureOnce({ name: 'Validate', server, load: { ...load, perSecond: PER_SECOND } });
}

/** The flood begins first and lasts longer. */
async function underFlood(server: ServerProcess, token: string, scale: number) {
  const bodies = Array.from({ length: 200 }, (_, n) => requests.loginRequest(`user-${n}`, PASSWORD));
  const calls = Math.round(120 * (SECONDS + 2) * scale);
  const load = requests.loadOf('Login', bodies, -1, { concurrency: FLOOD_CLIENTS, calls });
  const logins = measureOnce({ name: 'Login', server, load });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { p99, wrong } = await steady(server, token, scale);
  const flood = await logins;
  return { p99, wrong, loginsPerSecond: (flood.calls - flood.wrong) / flood.seconds };
}
