import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../domain/eventually';

const ROOT = join(__dirname, '..', '..', '..');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of this project, run as people run it. */
export interface RunningProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has printed so far, on both streams. */
  printed(): string;
}

const running = new Map<ChildProcess, string>();

export type Env = Readonly<Record<string, string>>;

/**
 * Starts `command` in `directory` with nothing of this process's environment but PATH and HOME. Its standard input
 * ends after `stdin`, unless it is to stay open.
 */
export function run(
  command: string,
  args: readonly string[],
  directory: string,
  env: Env,
  stdin = '',
  staysOpen = false,
): RunningProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, { cwd: directory, env: { PATH, HOME, ...env } });
  running.set(child, directory);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}).write(stdin);
  if (!staysOpen) child.stdin.end();
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    running.delete(child);
    return { code, signal, stdout, stderr };
  });
  return { child, ended, printed: () => stdout + stderr };
}

/** `postern ARGS`, as npx runs it. */
export function runPostern(args: readonly string[], directory: string, env: Env = {}, stdin = ''): Promise<Ended> {
  return run(process.execPath, [join(ROOT, 'bin', 'postern.js'), ...args], directory, env, stdin).ended;
}

export interface Service extends RunningProcess {
  readonly grpcAddress: string;
  readonly httpAddress: string;
  /** Sends the signal and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

const LOOPBACK = { GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0', LOG_FORMAT: 'json' };

/** What `npm start` runs, without npm. */
export function runService(directory: string, env: Env = {}): RunningProcess {
  return run(process.execPath, [join(ROOT, 'scripts', 'start.mjs')], directory, { ...LOOPBACK, ...env });
}

/** The service in a process of its own, ready. */
export async function startService(directory: string, env: Env = {}): Promise<Service> {
  return whenReady(runService(directory, env));
}

/** The service through npm. */
export async function startThroughNpm(directory: string, env: Env = {}): Promise<Service> {
  const data = { DATABASE_URL: `file:${join(directory, 'data')}` };
  return whenReady(run('npm', ['start', '--prefix', ROOT], directory, { ...LOOPBACK, ...data, ...env }));
}

/** The service of a process that was started, when it serves. */
export async function whenReady(running: RunningProcess, withinMs = 60_000): Promise<Service> {
  let started: { grpc: string; http: string } | undefined;
  await eventually(
    'the service is ready',
    async () => {
      if (running.child.exitCode !== null) throw new Error(`The service ended: ${running.printed()}`);
      const [, grpc, http] = /"?grpc"?:"([^"]+)","http":"([^"]+)"/.exec(running.printed()) ?? [];
      if (grpc !== undefined && http !== undefined) started = { grpc, http };
      return started !== undefined;
    },
    withinMs,
  );
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    running.child.kill(signal);
    return running.ended;
  };
  return { ...running, grpcAddress: started?.grpc ?? '', httpAddress: started?.http ?? '', stop };
}

/** A directory for one test; `remove` takes it away and ends what a failed test left running in it. */
export async function workingDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'postern-e2e-'));
  const remove = async (): Promise<void> => {
    for (const [child, directory] of running) if (directory === path) child.kill('SIGKILL');
    await rm(path, { recursive: true, force: true });
  };
  return { path, remove };
}
