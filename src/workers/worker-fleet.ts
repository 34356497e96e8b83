import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { WorkerReady } from './worker-app';

/** A worker that ended sooner than this is not started again at once, but after a time that doubles. */
const LONG_ENOUGH_MS = 5_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

export interface FleetOptions {
  readonly count: number;
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

  /** Resolves when all are ready. The first goes ahead: what hinders it would hinder all. @throws WorkerStartError */
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

  async #launch(): Promise<WorkerReady> {
    const worker = cluster.fork();
    this.#startedAt.set(worker, Date.now());
    const ready = await readyOf(worker);
    worker.once('exit', (code, signal) => this.#replace(worker, code, signal));
    return ready;
  }

  #replace(worker: Worker, code: number, signal: string): void {
    const livedMs = Date.now() - (this.#startedAt.get(worker) ?? 0);
    this.#startedAt.delete(worker);
    if (this.#isStopping) return;
    const { log, fatalCode, onFatal } = this.options;
    log.error({ event: 'worker.ended', pid: worker.process.pid, code, signal }, 'A worker has ended');
    if (code === fatalCode) onFatal();
    else this.#again(livedMs);
  }

  #again(livedMs: number): void {
    this.#delayMs =
      livedMs > LONG_ENOUGH_MS ? 0 : Math.min(Math.max(this.#delayMs * 2, FIRST_DELAY_MS), LONGEST_DELAY_MS);
    setTimeout(() => {
      if (this.#isStopping) return;
      const startedAt = Date.now();
      this.#launch().then(
        () => this.options.log.info({ event: 'worker.replaced' }, 'Another worker has taken its place'),
        () => this.#again(Date.now() - startedAt),
      );
    }, this.#delayMs);
  }
}

function readyOf(worker: Worker): Promise<WorkerReady> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number) => reject(new WorkerStartError(code || 1));
    worker.once('exit', onExit);
    worker.on('message', function hear(message: WorkerReady) {
      if (message.event !== 'ready') return;
      worker.off('message', hear);
      worker.off('exit', onExit);
      resolve(message);
    });
  });
}
