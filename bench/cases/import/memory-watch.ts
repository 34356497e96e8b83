import { readOwnMemory } from '../../process-cost';

const EVERY_MS = 100;

/** Reads again and again what a process holds in memory by itself, without the pages of files that it has mapped. */
export class MemoryWatch {
  readonly #bytes: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.#timer = setInterval(() => this.#read(), EVERY_MS);
  }

  /** The most that it held, in MiB. */
  end(): number {
    clearInterval(this.#timer);
    return Math.max(0, ...this.#bytes) / 2 ** 20;
  }

  #read(): void {
    try {
      this.#bytes.push(readOwnMemory(this.pid));
    } catch {
      // It has ended.
    }
  }
}
