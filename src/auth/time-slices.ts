import type { Clock } from './clock';
import { nextIteration } from './next-iteration';

/** Cuts long work into slices: between two of them the event loop serves what has come meanwhile. */
export class TimeSlices {
  #begunAt: number;

  /** @param sliceMs how long work may go on before other calls are served, in ms */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly sliceMs: number,
  ) {
    this.#begunAt = clock.monotonic();
  }

  /** Whether the work has gone on for as long as it may. */
  get isOver(): boolean {
    return this.clock.monotonic() - this.#begunAt >= this.sliceMs;
  }

  /** To be awaited before each piece of the work; nearly always there is nothing to wait for. */
  next(): Promise<void> | undefined {
    return this.isOver ? this.#begin() : undefined;
  }

  async #begin(): Promise<void> {
    await nextIteration();
    this.#begunAt = this.clock.monotonic();
  }
}
