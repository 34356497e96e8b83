import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { systemClock } from '../auth/clock';
import type { Config } from '../config/config';
import type { WorkerReady } from './worker-app';
import { answerConfigRequest } from './worker-config';

/** A worker that ended sooner than this is not started again at once, but after a time that doubles. */
const LONG_ENOUGH_MS = 5_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

export interface FleetOptions {
  readonly count: number;
  /** What the workers run by. */
  readonly config: Config;
  readonly log: Logger;
  /** Exit codes after which no worker may go on. */
  readonly fatalCode: number;
  readonly onFatal: () => void;
}

/** A worker did not become ready; it has printed why. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';

  constructor(readonly exitCode: number) {
    super('A worker could not start');
  }
}

/** Processes that run the same service; one that ends is replaced. */
export class WorkerFleet {
  readonly #startedAt = new Map<Worker, number>();
  #delayMs = FIRST_DELAY_MS;
  #isStopping = false;

  constructor(private readonly options: FleetOptions) {}

  /** Resolves when all are ready. The first goes ahead: what stops it would stop all. @throws WorkerStartError */
  async start(): Promise<WorkerReady> {
    cluster.setupPrimary({ exec: join(__dirname, '../main.js'), args: [] });
    const ready = await this.#launch();
    await Promise.all(Array.from({ length: this.options.count - 1 }, () => this.#launch()));
    return ready;
  }

  /** Lets every worker drain; ends those that are not gone after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopping = true;
    const workers = [...this.#startedAt.keys()];
    const gone = Promise.all(workers.map((worker) => worker.isDead() || once(worker, 'exit')));
    for (const worker of workers) worker.process.kill('SIGTERM');
    const force = setTimeout(() => {
      for (const worker of workers) worker.process.kill('SIGKILL');
    }, withinMs);
    await gone;
    clearTimeout(force);
  }

  /** Starts one worker; one that is killed or stopped before it is ready is started again after a while. */
  async #launch(): Promise<WorkerReady> {
    const { config, fatalCode, onFatal } = this.options;
    while (!this.#isStopping) {
      const worker = cluster.fork();
      this.#startedAt.set(worker, systemClock.monotonic());
      answerConfigRequest(worker, config);
      const outcome = await readyOrEnded(worker);
      if ('event' in outcome) {
        worker.once('exit', (code, signal) => this.#replace(worker, { code, signal }));
        return outcome;
      }
      if (outcome.code === fatalCode) onFatal();
      // What it found wrong itself another one would find too.
      if (outcome.signal === null && outcome.code) throw new WorkerStartError(outcome.code);
      await sleep(this.#delayAfter(this.#forget(worker, outcome)));
    }
    throw new WorkerStartError(1);
  }

  #replace(worker: Worker, ended: Ended): void {
    const livedMs = this.#forget(worker, ended);
    if (this.#isStopping) return;
    if (ended.code === this.options.fatalCode) this.options.onFatal();
    else this.#relaunch(livedMs);
  }

  /** How long the worker lived, in ms. */
  #forget(worker: Worker, ended: Ended): number {
    const livedMs = systemClock.monotonic() - (this.#startedAt.get(worker) ?? 0);
    this.#startedAt.delete(worker);
    const { pid } = worker.process;
    if (!this.#isStopping) this.options.log.error({ event: 'worker.ended', pid, ...ended }, 'A worker has ended');
    return livedMs;
  }

  /** Exponential backoff, which a worker that lived long ends. */
  #delayAfter(livedMs: number): number {
    const doubled = Math.min(Math.max(this.#delayMs * 2, FIRST_DELAY_MS), LONGEST_DELAY_MS);
    this.#delayMs = livedMs > LONG_ENOUGH_MS ? 0 : doubled;
    return this.#delayMs;
  }

  #relaunch(livedMs: number): void {
    setTimeout(() => {
      if (this.#isStopping) return;
      const startedAt = systemClock.monotonic();
      this.#launch().then(
        () => this.options.log.info({ event: 'worker.replaced' }, 'Another worker has taken its place'),
        () => this.#relaunch(systemClock.monotonic() - startedAt),
      );
    }, this.#delayAfter(livedMs));
  }
}

interface Ended {
  readonly code: number | null;
  /** What killed it; null when it ended by itself. */
  readonly signal: string | null;
}

function readyOrEnded(worker: Worker): Promise<WorkerReady | Ended> {
  return new Promise((resolve) => {
    const onExit = (code: number | null, signal: string | null) => resolve({ code, signal });
    worker.once('exit', onExit);
    worker.on('message', function onMessage(message: WorkerReady) {
      if (message.event !== 'ready') return;
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(message);
    });
  });
}
