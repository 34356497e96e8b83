import type { StoreOptions } from '../../store';
import type { Engine } from '../engine/engine';
import { sweep } from './sweep';

const EVERY_MS = 60_000;

/** Sweeps at its start and once a minute; one sweep at a time. */
export class Sweeper {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly engine: Engine,
    private readonly options: StoreOptions,
  ) {}

  start(): void {
    const run = () => {
      this.sweep().catch((cause: unknown) => {
        if (!this.#isStopped) this.options.onProblem('The embedded store could not be swept', cause);
      });
    };
    this.#timer = setInterval(run, EVERY_MS).unref();
    run();
  }

  /** Resolves when everything that was past its time at this call is gone. */
  sweep(): Promise<void> {
    const next = this.#running.then(() => sweep(this.engine, this.options, () => this.#isStopped));
    this.#running = next.catch(() => undefined);
    return next;
  }

  /** Resolves when no sweep runs any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}
