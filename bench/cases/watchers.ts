import type { Panel, Plot } from '../plots/plot';
import { findRange } from '../plots/section-plots';
import type { BenchOptions, Fact, Section } from '../section';
import { seed, seedWatcher, temporaryDatabase } from '../seed';
import { median } from '../statistics';
import { measureWatchers, type WatcherCosts } from './watcher-costs';

const WATCHERS = 2_000;
/** On one connection: as many as Postern lets a connection have. */
const SHARED_STREAMS = 100;

/**
 * What many watchers cost one replica beside as many streams of bare node:http2: CPU while nothing happens, memory, and
 * how long a revocation takes to all of them. First each has a connection of its own, as clients in so many processes
 * have, then SHARED_STREAMS of them share one, as behind a proxy.
 */
export async function watchers({ rounds, scale }: BenchOptions): Promise<Section> {
  const count = Math.round(WATCHERS * scale);
  const { database, url, remove } = temporaryDatabase();
  await seed(database, { users: 1 });
  const apiKey = await seedWatcher(database);
  const env = { DATABASE_URL: url, HTTP_ADDRESS: '127.0.0.1:0', MAX_CONNECTIONS_PER_SOURCE: String(count + 100) };
  const options = { env, apiKey, count, rounds };
  const own = await measureWatchers({ ...options, streamsPerConnection: 1 });
  const shared = await measureWatchers({ ...options, streamsPerConnection: SHARED_STREAMS });
  remove();
  return {
    id: 'watchers',
    title: `${count.toLocaleString('en')} watchers on one replica`,
    rows: [],
    facts: [
      { name: 'a core, idle, without watchers', value: 100 * own.alone, unit: '%' },
      ...buildFacts('a connection each', own),
      ...buildFacts(`${SHARED_STREAMS} on a connection`, shared),
    ],
    plots: [buildPlot(own, shared)],
  };
}

function buildFacts(how: string, { idle, memory, deliveries }: WatcherCosts): Fact[] {
  const { ours, bare } = memory;
  return [
    { name: `${how}: a core, idle`, value: 100 * median(idle.ours), unit: '%', target: { atMost: 5 } },
    { name: `${how}: a core, idle, bare node:http2`, value: 100 * median(idle.bare), unit: '%' },
    { name: `${how}: memory of a watcher`, value: ours.each / 1024, unit: 'KB', target: { atMost: 20 } },
    { name: `${how}: memory of a stream of bare node:http2`, value: bare.each / 1024, unit: 'KB' },
    { name: `${how}: memory of a further watcher`, value: ours.further / 1024, unit: 'KB' },
    { name: `${how}: memory of a further one of bare node:http2`, value: bare.further / 1024, unit: 'KB' },
    {
      name: `${how}: Logout sent to heard by all, the slowest of all trials`,
      value: Math.max(...deliveries),
      unit: 'ms',
      target: { atMost: 250 },
    },
    { name: `${how}: Logout sent to heard by all, median`, value: median(deliveries), unit: 'ms' },
  ];
}

function buildPlot(own: WatcherCosts, shared: WatcherCosts): Plot {
  const panels = (how: string, { idle, memory }: WatcherCosts): Panel[] => [
    {
      title: `${how}: memory of one, KB`,
      bars: [
        { name: 'bare node:http2', value: memory.bare.each / 1024, isBaseline: true },
        { name: 'Postern', value: memory.ours.each / 1024 },
      ],
    },
    {
      title: `${how}: a core while nothing happens, %`,
      bars: [
        { name: 'bare node:http2', ...buildBar(idle.bare), isBaseline: true },
        { name: 'Postern', ...buildBar(idle.ours) },
      ],
    },
  ];
  return {
    kind: 'bars',
    name: 'costs',
    title: 'Watchers beside as many streams of bare node:http2',
    caption: 'Both send the same messages. Thin lines reach from the least to the most of the rounds.',
    rows: [panels('a connection each', own), panels(`${SHARED_STREAMS} on a connection`, shared)],
  };
}

function buildBar(shares: readonly number[]): { value: number; low?: number; high?: number } {
  const percent = shares.map((share) => 100 * share);
  return { value: median(percent), ...findRange(percent) };
}
