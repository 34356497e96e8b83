import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { withDescendants } from '../process-cost';

const START_TIMEOUT_MS = 60_000;

/** A server in a process of its own, whose output goes to a file as it would in production. */
export class ServerProcess {
  address = '';
  httpAddress = '';
  /** From the start of the process to its start line, in ms. */
  startMs = 0;

  private constructor(
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  /** Resolves when the line with the event `started` has been printed. */
  static async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'postern-bench-server-'));
    const file = join(directory, 'output');
    const out = openSync(file, 'w');
    const startedAt = performance.now();
    const child = spawn(process.env.BENCH_NODE ?? process.execPath, args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    const server = new ServerProcess(child, directory);
    while (performance.now() - startedAt < START_TIMEOUT_MS && child.exitCode === null) {
      const line = /^.*"event":"started".*$/m.exec(readFileSync(file, 'utf8'))?.[0];
      if (line !== undefined) {
        const { grpc, http = '' } = JSON.parse(line) as { grpc: string; http?: string };
        server.startMs = performance.now() - startedAt;
        server.address = grpc;
        server.httpAddress = http;
        return server;
      }
      await after(5);
    }
    const output = readFileSync(file, 'utf8');
    await server.stop();
    throw new Error(`The server did not start:\n${output}`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Lets the process, all that it has started and all threads of them run on this core only (util-linux). */
  pinTo(core: number): void {
    for (const pid of withDescendants(this.pid)) {
      execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)]);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
