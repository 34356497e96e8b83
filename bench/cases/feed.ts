import { setTimeout as after } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { systemClock } from '../../src/auth/clock';
import type { Revocation } from '../../src/auth/revocation/revocation-record';
import { Revocations } from '../../src/auth/revocation/revocations';
import { readCost } from '../process-cost';
import type { BenchOptions, Fact, Section } from '../section';
import { call, openSeedStore } from '../seed';
import { percentile } from '../statistics';
import { simulateFeed } from './feed-simulation';
import { bothStores } from './stores';

const FOLLOWERS = [1, 5, 10, 20] as const;
const SECONDS = 10;
const PER_SECOND = 500;
/** What is asked of the design, beyond what a machine of two cores can run. */
const WANTED = { replicas: 100, perSecond: 10_000, windowSeconds: 30 * 60 + 70 };
const VIEW = 300_000;

/**
 * What the revocation feed costs, measured where it can be run and multiplied to where it cannot: the database for each
 * record and follower, a replica for each record, and its memory for each record of the window.
 */
export async function feed({ scale }: BenchOptions): Promise<Section> {
  const facts: Fact[] = [];
  const [, mongo] = await bothStores();
  if (mongo === undefined) throw new Error('There is no MongoDB');
  const engineCosts: [number, number][] = [];
  for (const followers of FOLLOWERS) {
    const { engineUs, delayMs } = await follow(mongo.url, mongo.enginePid ?? 0, followers, scale);
    engineCosts.push([followers, engineUs]);
    facts.push(
      { name: `mongod, a record with ${followers} followers`, value: engineUs, unit: 'us of CPU' },
      { name: `acknowledged to heard, p99, ${followers} followers`, value: delayMs, unit: 'ms' },
    );
  }
  await mongo.remove();
  const [first = [0, 0], last = [1, 0]] = [engineCosts[0], engineCosts.at(-1)];
  const usPerFollower = (last[1] - first[1]) / (last[0] - first[0]);
  const { replicaUs, bytes } = await view();
  const { replicas, perSecond, windowSeconds } = WANTED;
  facts.push(
    { name: 'mongod, a record, each further follower', value: usPerFollower, unit: 'us of CPU' },
    { name: 'a replica, a record', value: replicaUs, unit: 'us of CPU' },
    { name: 'a replica, a record of the window', value: bytes, unit: 'bytes' },
    {
      name: `computed: mongod at ${replicas} replicas and ${perSecond} records a second`,
      value: (usPerFollower * replicas * perSecond) / 1e6,
      unit: 'cores',
    },
    { name: 'computed: a replica at that rate', value: (replicaUs * perSecond) / 1e6, unit: 'cores' },
    { name: 'computed: its memory', value: (bytes * perSecond * windowSeconds) / 2 ** 30, unit: 'GiB' },
    ...simulated(Math.max(0, first[1] - usPerFollower), usPerFollower),
  );
  return { id: 'feed', title: 'The revocation feed, by followers', rows: [], facts };
}

/** Designs for that size, in a simulation with the costs of the database that were measured. */
function simulated(writeUs: number, followUs: number): Fact[] {
  const { replicas, perSecond } = WANTED;
  const every = { replicas, perSecond, gatherMs: 0, followers: replicas, cores: 16, writeUs, followUs };
  const designs = [
    ['every replica follows', every],
    ['every replica follows', { ...every, cores: 256 }],
    ['every replica follows, each gathers for 20 ms', { ...every, cores: 256, gatherMs: 20 }],
    ['two relays follow', { ...every, followers: 2 }],
    ['two relays follow, each gathers for 20 ms', { ...every, followers: 2, gatherMs: 20 }],
  ] as const;
  return designs.flatMap(([name, design]): Fact[] => {
    const { delayP99Ms, behindMs, busyCores } = simulateFeed(design);
    return [
      { name: `simulated, ${design.cores} cores, ${name}: busy`, value: busyCores, unit: 'cores' },
      { name: `simulated, ${design.cores} cores, ${name}: p99 until heard`, value: delayP99Ms, unit: 'ms' },
      { name: `simulated, ${design.cores} cores, ${name}: late after 20 s`, value: behindMs, unit: 'ms' },
    ];
  });
}

async function follow(url: string, enginePid: number, followers: number, scale: number) {
  const writer = await openSeedStore({ kind: 'mongodb', url });
  const sentAt = new Map<string, number>();
  const delays: number[] = [];
  const stores = [];
  const listener = {
    onRecord: ({ id }: Revocation) => {
      const at = sentAt.get(id);
      if (at !== undefined) delays.push(performance.now() - at);
    },
    onFresh: () => {},
    onBroken: (cause: unknown) => process.stderr.write(`${cause}\n`),
  };
  for (let n = 0; n < followers; n += 1) {
    const store = await openSeedStore({ kind: 'mongodb', url });
    stores.push({ store, follower: await store.revocationFeed.follow(listener) });
  }
  const records = Math.round(PER_SECOND * SECONDS * scale);
  const idle = await idleCost(enginePid);
  const [startedAt, before] = [performance.now(), readCost(enginePid).cpuUs];
  for (let n = 0; n < records; n += 1) {
    const record = newRecord();
    sentAt.set(record.id, performance.now());
    await writer.revocationFeed.append([record], call());
    const aheadMs = startedAt + (n * 1000) / PER_SECOND - performance.now();
    if (aheadMs > 0) await after(aheadMs);
  }
  await after(1_000);
  const seconds = (performance.now() - startedAt) / 1000;
  const engineUs = (readCost(enginePid).cpuUs - before - idle * seconds) / records;
  for (const { store, follower } of stores) {
    await follower.close();
    await store.close();
  }
  await writer.close();
  return { engineUs, delayMs: percentile(delays, 0.99) };
}

/** CPU a second while nothing is written: followers ask all the time. */
async function idleCost(pid: number): Promise<number> {
  const before = readCost(pid).cpuUs;
  await after(3_000);
  return (readCost(pid).cpuUs - before) / 3;
}

/** What a replica does with a record once it is here. */
async function view(): Promise<{ replicaUs: number; bytes: number }> {
  const settings = { windowMs: WANTED.windowSeconds * 1000, maxStalenessMs: 30_000 };
  const revocations = new Revocations(undefined as never, systemClock, settings);
  const records = Array.from({ length: VIEW }, newRecord);
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  for (const record of records) revocations.onRecord(record);
  const { user, system } = process.cpuUsage(cpu);
  return { replicaUs: (user + system) / VIEW, bytes: (process.memoryUsage().heapUsed - before) / VIEW };
}

function newRecord(): Revocation {
  const ids = { id: uuidv7(), userId: uuidv7(), sessionIds: [uuidv7()] };
  return { kind: 'sessions', ...ids, at: Date.now(), reason: 'logout' };
}
