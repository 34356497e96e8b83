import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { WatchRevocationsResponse } from '../../src/gen/postern/auth/v1/auth_service';
import { callJson } from '../call-json';
import { framed } from '../load/load';
import { openSessions } from '../load/open-sessions';
import { type Received, WatcherFleet } from '../load/watcher-fleet';
import { readCost, readOwnMemory } from '../process-cost';
import type { ServerProcess } from '../servers/server-process';
import { startBareWatch, startPostern } from '../servers/servers';

const SECONDS = 10;
/** Until what the streams needed at their beginning only has been collected. */
const REST_MS = 15_000;
const LOGOUTS_PER_ROUND = 4;
const DELIVERY_MS = 5_000;

/** Postern, and bare node:http2 that sends as many streams the same. */
interface Sides {
  readonly ours: ServerProcess;
  readonly bare: ServerProcess;
}
type OfSides<T> = Readonly<Record<keyof Sides, T>>;

export interface MeasureOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly apiKey: string;
  readonly count: number;
  readonly rounds: number;
  readonly streamsPerConnection: number;
}

export interface WatcherCosts {
  /** Shares of a core: of Postern without watchers, and of both sides with them, one for each round. */
  readonly alone: number;
  readonly idle: OfSides<readonly number[]>;
  readonly memory: OfSides<Weight>;
  /** Ms from a Logout to the last watcher that heard of it. */
  readonly deliveries: readonly number[];
}

/** Opens `count` streams on both sides, and measures what they cost. */
export async function measureWatchers({
  env,
  apiKey,
  count,
  rounds,
  streamsPerConnection,
}: MeasureOptions): Promise<WatcherCosts> {
  const sides: Sides = { ours: await startPostern(env), bare: await startBareWatch(...bareMessages()) };
  const { ours, bare } = sides;
  const idle = { ours: [] as number[], bare: [] as number[] };
  const deliveries: number[] = [];
  const alone = await measureCoreShare(ours);
  const fleets = {
    ours: new WatcherFleet({ address: ours.address, apiKey, streamsPerConnection }),
    bare: new WatcherFleet({ address: bare.address, apiKey, streamsPerConnection }),
  };
  const memory = await openAndWeigh(sides, fleets, count);
  for (let round = 0; round < rounds; round += 1) {
    // In the same seconds: what else the machine does costs both alike.
    const [share, bareShare] = await Promise.all([measureCoreShare(ours), measureCoreShare(bare)]);
    idle.ours.push(share);
    idle.bare.push(bareShare);
    deliveries.push(...(await revoke(ours, fleets.ours.received, count)));
  }
  const open = fleets.ours.open + fleets.bare.open;
  for (const fleet of [fleets.ours, fleets.bare]) fleet.close();
  await Promise.all([ours.stop(), bare.stop()]);
  if (open < 2 * count) throw new Error(`${2 * count - open} of ${2 * count} watchers were cut off`);
  return { alone, idle, memory, deliveries };
}

/** Bytes of one stream. */
export interface Weight {
  readonly each: number;
  /** Without what a process takes once, however many there are: compiled code, a young generation that has grown. */
  readonly further: number;
}

/** Opens a quarter of the streams, and then the others: those are the further ones. */
async function openAndWeigh(sides: Sides, fleets: OfSides<WatcherFleet>, count: number): Promise<OfSides<Weight>> {
  const few = Math.round(count / 4);
  const empty = weigh(sides);
  await Promise.all([fleets.ours.add(few), fleets.bare.add(few)]);
  await after(REST_MS);
  const withFew = weigh(sides);
  await Promise.all([fleets.ours.add(count - few), fleets.bare.add(count - few)]);
  await after(REST_MS);
  const withAll = weigh(sides);
  const findWeight = (side: keyof Sides): Weight => ({
    each: (withAll[side] - empty[side]) / count,
    further: (withAll[side] - withFew[side]) / (count - few),
  });
  return { ours: findWeight('ours'), bare: findWeight('bare') };
}

function weigh({ ours, bare }: Sides): OfSides<number> {
  return { ours: readOwnMemory(ours.pid), bare: readOwnMemory(bare.pid) };
}

/** What a watcher of Postern gets, with its prefix: that it has caught up, and heartbeats. */
function bareMessages(): [Uint8Array, Uint8Array] {
  const heartbeat = { freshAt: new Date() };
  const encode = (message: WatchRevocationsResponse) => framed(WatchRevocationsResponse.encode(message).finish());
  return [
    encode({ event: { $case: 'caughtUp', caughtUp: {} }, resumeToken: '' }),
    encode({ event: { $case: 'heartbeat', heartbeat }, resumeToken: String(Date.now()) }),
  ];
}

/** Which share of a core the server uses while no client calls it. */
async function measureCoreShare({ pid }: ServerProcess): Promise<number> {
  const [startedAt, before] = [performance.now(), readCost(pid).cpuUs];
  await after(SECONDS * 1_000);
  return (readCost(pid).cpuUs - before) / 1_000 / (performance.now() - startedAt);
}

/** Ends sessions one after the other; ms from the call to the last watcher that heard of it. */
async function revoke(server: ServerProcess, received: Received, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < LOGOUTS_PER_ROUND; n += 1) {
    const [refreshToken = ''] = await openSessions(server.address, 1);
    received.revocations.clear();
    const startedAt = performance.now();
    await callJson(server.httpAddress, 'postern.auth.v1.AuthService/Logout', { refreshToken });
    took.push((await awaitAll(received, count)) - startedAt);
  }
  return took;
}

/** When the last watcher heard. */
async function awaitAll({ revocations }: Received, count: number): Promise<number> {
  const giveUpAt = performance.now() + DELIVERY_MS;
  while (performance.now() < giveUpAt) {
    const [times = []] = revocations.values();
    if (times.length >= count) return Math.max(...times);
    await after(1);
  }
  throw new Error('A revocation did not come to all watchers');
}
