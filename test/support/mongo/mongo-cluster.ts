import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import { eventually } from '../domain/eventually';
import { mongodBinary } from './mongod-binary';
import { MongodProcess } from './mongod-process';

/** Servers of our own, to be killed and stopped. */
export interface MongoCluster {
  readonly members: readonly MongodProcess[];
  /** A URL with all members and a database of its own. */
  url(database: string): string;
  /** SIGKILL and SIGTERM resolve when the process is gone. */
  kill(index: number, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  restart(index: number): Promise<void>;
  /** The index of the member that is primary; waits for one. `except`: not this one. */
  primary(except?: number): Promise<number>;
  /**
   * The index of the primary, once every other member has followed it into its term. Strike only then: a member that is
   * still catching up asks the struck one for 20 s, and until it stops no write reaches a majority; docs/repair.md,
   * "The MongoDB primary hangs".
   */
  primaryOfAll(): Promise<number>;
  /** Ends all members and takes their data away. */
  stop(): Promise<void>;
}

const SET_NAME = 'rs0';

/** A server without a replica set. */
export function startStandalone(args: readonly string[] = []): Promise<MongoCluster> {
  return start(1, args);
}

/** A replica set of `size` members; `electionTimeoutMillis` as MongoDB's own default unless given. */
export async function startReplicaSet(
  size: number,
  electionTimeoutMillis = 10_000,
  args: readonly string[] = [],
): Promise<MongoCluster> {
  const cluster = await start(size, ['--replSet', SET_NAME, ...args]);
  await initiate(cluster, electionTimeoutMillis);
  await cluster.primaryOfAll();
  return cluster;
}

/**
 * A primary (member 0), a secondary (1) and an arbiter (2). Without the secondary there still is a primary, and no
 * majority that could acknowledge a write.
 */
export async function startSetWithArbiter(): Promise<MongoCluster> {
  const cluster = await start(3, ['--replSet', SET_NAME]);
  await initiate(cluster, 10_000, [{ priority: 2 }, { priority: 0 }, { arbiterOnly: true }]);
  await eventually(
    'the members have their parts',
    async () => {
      const status = await cluster.members[0]?.command({ replSetGetStatus: 1 }).catch(() => undefined);
      const parts = status?.members.map(({ stateStr }: MemberStatus) => stateStr);
      return parts?.join() === 'PRIMARY,SECONDARY,ARBITER';
    },
    60_000,
  );
  return cluster;
}

async function initiate(
  cluster: MongoCluster,
  electionTimeoutMillis: number,
  parts: readonly mongo.Document[] = [],
): Promise<void> {
  const members = cluster.members.map(({ address }, _id) => ({ _id, host: address, ...parts[_id] }));
  const settings = { electionTimeoutMillis, heartbeatIntervalMillis: 500 };
  await cluster.members[0]?.command({ replSetInitiate: { _id: SET_NAME, members, settings } });
}

async function start(size: number, args: readonly string[]): Promise<MongoCluster> {
  const { path } = await mongodBinary();
  const directory = await mkdtemp(join(tmpdir(), 'postern-mongod-'));
  const members = await Promise.all(
    Array.from({ length: size }, (_, i) => MongodProcess.create(path, join(directory, String(i)), args)),
  );
  await Promise.all(members.map((member) => member.start()));
  const member = (index: number): MongodProcess => {
    const found = members[index];
    if (found === undefined) throw new Error(`There is no member ${index}`);
    return found;
  };
  const hosts = members.map(({ address }) => address).join(',');
  return {
    members,
    url: (database) => `mongodb://${hosts}/${database}${args.includes('--replSet') ? `?replicaSet=${SET_NAME}` : ''}`,
    kill: (index, signal) => member(index).signal(signal),
    restart: (index) => member(index).start(),
    primary: (except) => primaryAmong(members, except),
    primaryOfAll: () => primaryOfAll(members),
    stop: async () => {
      await Promise.all(members.map((each) => each.signal('SIGKILL')));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function primaryAmong(members: readonly MongodProcess[], except?: number): Promise<number> {
  let primary = -1;
  await eventually(
    'a primary is there',
    async () => {
      for (const [index, member] of members.entries()) {
        if (index === except) continue;
        const hello = await member.command({ hello: 1 }).catch(() => undefined);
        if (hello?.isWritablePrimary === true) primary = index;
      }
      return primary >= 0;
    },
    60_000,
  );
  return primary;
}

async function primaryOfAll(members: readonly MongodProcess[]): Promise<number> {
  let primary = -1;
  await eventually(
    'all members follow a primary',
    async () => {
      primary = await primaryAmong(members);
      const status = await members[primary]?.command({ replSetGetStatus: 1 }).catch(() => undefined);
      return status?.members.every((member: MemberStatus) => follows(member, status.term)) ?? false;
    },
    60_000,
  );
  return primary;
}

/** What replSetGetStatus says of a member, as far as it matters here. */
interface MemberStatus {
  readonly stateStr: string;
  readonly syncSourceHost: string;
  readonly optime: { readonly t: unknown };
}

function follows({ stateStr, syncSourceHost, optime }: MemberStatus, term: unknown): boolean {
  if (stateStr === 'PRIMARY') return true;
  return stateStr === 'SECONDARY' && syncSourceHost !== '' && Number(optime.t) === Number(term);
}
