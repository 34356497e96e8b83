import type { Clock } from '../clock';
import { nextTurn } from '../next-turn';

/** How long work may go on before other calls are looked after, in ms. */
const SLICE_MS = 0.5;

/** Cuts work on many rows into slices: between two of them the event loop serves what has come meanwhile. */
export class TimeSlices {
  #begunAt: number;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
    this.#begunAt = clock.monotonic();
  }

  /** To be awaited before each row; nearly always there is nothing to wait for. */
  next(): Promise<void> | undefined {
    return this.clock.monotonic() - this.#begunAt < SLICE_MS ? undefined : this.#yield();
  }

  async #yield(): Promise<void> {
    await nextTurn();
    this.#begunAt = this.clock.monotonic();
  }
}
