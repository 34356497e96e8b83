import { setTimeout as after } from 'node:timers/promises';
import { measureOnce } from '../measure';
import type { Line } from '../plots/plot';
import * as requests from '../requests';
import type { BenchOptions, Fact, Section } from '../section';
import { mint, PASSWORD, seed } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';
import { measureBesideFlood, PER_SECOND, SECONDS } from './beside-flood';
import { floodLine, floodPlot, MOST_MS } from './flood-timeline';
import { bothStores, type StoreUnderTest } from './stores';

const FLOOD_CLIENTS = 64;

/** Validate at a steady rate, alone and while 64 clients log in as fast as they can. */
export async function flood(options: BenchOptions): Promise<Section> {
  const facts: Fact[] = [];
  const lines: Line[] = [];
  for (const store of await bothStores()) {
    const found = await measureFlood(store, options);
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

async function measureFlood(
  { name, database, url }: StoreUnderTest,
  options: BenchOptions,
): Promise<{ facts: Fact[]; line: Line }> {
  const users = await seed(database, { users: 200 });
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const { calmMs, floodedMs, wrong, outcomes } = await measureBesideFlood(server, token, options, (to) =>
    beginLogins(to, options.scale),
  );
  const line = await floodLine(name, server, token);
  await server.stop();
  const facts: Fact[] = [
    { name: `${name}, p99 without the flood`, value: calmMs, unit: 'ms' },
    { name: `${name}, p99 during the flood`, value: floodedMs, unit: 'ms', target: { atMost: MOST_MS } },
    { name: `${name}, the one to the other`, value: floodedMs / calmMs, unit: 'x', target: { atMost: 3 } },
    { name: `${name}, logins per second meanwhile`, value: median(outcomes), unit: '' },
    { name: `${name}, wrong answers to Validate`, value: wrong, unit: '', target: { atMost: 0 } },
  ];
  return { facts, line };
}

/** The flood begins first and lasts longer; its outcome is how many logins a second succeeded. */
async function beginLogins(server: ServerProcess, scale: number): Promise<() => Promise<number>> {
  const bodies = Array.from({ length: 200 }, (_, n) => requests.loginRequest(`user-${n}`, PASSWORD));
  const calls = Math.round(120 * (SECONDS + 2) * scale);
  const load = requests.buildLoad('Login', bodies, -1, { concurrency: FLOOD_CLIENTS, calls });
  const logins = measureOnce({ name: 'Login', server, load });
  await after(500);
  return async () => {
    const { calls: made, wrong, seconds } = await logins;
    return (made - wrong) / seconds;
  };
}
