import cluster from 'node:cluster';
import { createApp } from './app';
import type { App } from './composition/lifecycle';
import { startFailureCode, startFailureText } from './composition/start-failure';
import { loadConfig } from './config/config';
import { retainNextTickShape } from './next-tick-shape';
import { onParentExit } from './workers/parent-exit';
import { createSupervisor } from './workers/supervisor';
import { createWorkerApp } from './workers/worker-app';
import { receiveConfig } from './workers/worker-config';
import { WorkerStartError } from './workers/worker-fleet';

/**
 * One process of the service, as its environment describes it: all of it, the first of several, or one of their
 * workers.
 */
export async function createService(hooks: { fatalCode: number; onFatal: () => void }): Promise<App> {
  retainNextTickShape();
  if (cluster.isWorker) return createWorkerApp(await receiveConfig(), hooks.onFatal);
  const config = loadConfig();
  // npx does not pass SIGTERM on: without this the service would live on, and hold its port and its store.
  if (process.env.npm_command === 'exec') onParentExit(() => process.kill(process.pid, 'SIGTERM'));
  return config.workers > 1 ? createSupervisor(config, hooks) : createApp(config, { onFatal: hooks.onFatal });
}

/** What is printed when a start has failed, and the code with which the process ends. */
export function describeStartFailure(error: unknown): { text: string; exitCode: number } {
  // The worker has printed why.
  if (error instanceof WorkerStartError) return { text: '', exitCode: error.exitCode };
  return { text: `${startFailureText(error)}\n`, exitCode: startFailureCode(error) };
}
