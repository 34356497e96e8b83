import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import { eventually } from '../domain/eventually';
import { mongoClient } from './mongo-client';

/** Small and quick, and rows past their time go within seconds. */
export const MONGOD_ARGS = [
  ['--wiredTigerCacheSizeGB', '0.25'],
  ['--oplogSize', '64'],
  ['--networkMessageCompressors', 'snappy,zstd'],
  ['--setParameter', 'ttlMonitorSleepSecs=1'],
  // A secondary soon stops waiting for a primary that hangs; docs/repair.md, "The MongoDB primary hangs".
  ['--setParameter', 'oplogNetworkTimeoutBufferSeconds=1'],
  ['--setParameter', 'diagnosticDataCollectionEnabled=false'],
].flat();

const KILLER = require.resolve('mongodb-memory-server-core/scripts/mongo_killer.js');

/** One mongod of our own on the loopback. Keeps its port and its data when it is killed and started again. */
export class MongodProcess {
  #child: ChildProcess | undefined;

  private constructor(
    private readonly binary: string,
    private readonly directory: string,
    readonly port: number,
    private readonly args: readonly string[],
    private readonly query: string,
  ) {}

  /** @param query options of the URL that this process reaches it with, such as `tls=true` */
  static async create(binary: string, directory: string, args: readonly string[], query = ''): Promise<MongodProcess> {
    await mkdir(directory, { recursive: true });
    return new MongodProcess(binary, directory, await freePort(), args, query);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const where = ['--port', String(this.port), '--bind_ip', '127.0.0.1', '--dbpath', this.directory];
    const log = ['--logpath', join(this.directory, 'mongod.log'), '--logappend', '--nounixsocket'];
    const child = spawn(this.binary, [...where, ...log, ...MONGOD_ARGS, ...this.args], { stdio: 'ignore' });
    this.#child = child;
    endWithUs(child);
    await eventually(
      `mongod on port ${this.port} answers`,
      async () => {
        if (child.exitCode !== null) throw new Error(`mongod ended with ${child.exitCode}, see its log`);
        return (await this.command({ ping: 1 }).catch(() => undefined)) !== undefined;
      },
      30_000,
    );
  }

  /** Sends a signal; resolves when a process that it ends is gone, and one that it stops does nothing any more. */
  async signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await gone;
    if (signal === 'SIGSTOP') await eventually(`mongod on port ${this.port} is stopped`, () => isStopped(child.pid));
  }

  /** Runs an admin command on this very server. */
  async command(command: mongo.Document): Promise<mongo.Document> {
    const client = mongoClient(`mongodb://${this.address}/?directConnection=true&${this.query}`, {
      serverSelectionTimeoutMS: 500,
      connectTimeoutMS: 500,
      socketTimeoutMS: 5_000,
    });
    try {
      return await client.db('admin').command(command);
    } finally {
      await client.close();
    }
  }
}

/** A busy machine stops the threads of a process a while after the signal; until then they take requests. */
async function isStopped(pid: number | undefined): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  // A thread may end while it is looked at; then not all have stopped yet.
  const read = (thread: string) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => '');
  const stats = await Promise.all(threads.map(read));
  return stats.every((stat) => stat.includes(') T '));
}

/** Ends the server when this process dies without ending it. */
function endWithUs(child: ChildProcess): void {
  const killer = spawn(process.execPath, [KILLER, String(process.pid), String(child.pid)], { stdio: 'ignore' });
  killer.unref();
  child.unref();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}
