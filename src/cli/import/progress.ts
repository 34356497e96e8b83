import { performance } from 'node:perf_hooks';
import type { Terminal } from '../command';
import type { OpenedExport } from './open-export';

const REDRAW_MS = 200;

/** How far an import is: on a terminal a line that is drawn again, elsewhere nothing. */
export class Progress {
  readonly #startedAt = performance.now();
  #drawnAt = 0;

  constructor(
    private readonly stderr: Terminal['stderr'],
    private readonly source: OpenedExport,
  ) {}

  show(rows: number): void {
    const now = performance.now();
    if (!this.#isTerminal || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const seconds = Math.max((now - this.#startedAt) / 1_000, 0.001);
    const rate = `${rows} rows, ${Math.round(rows / seconds)} a second`;
    this.stderr.write(`\r${rate}${this.#remaining(seconds)}\u001b[K`);
  }

  /** Leaves the line to what is printed next. */
  clear(): void {
    if (this.#isTerminal && this.#drawnAt > 0) this.stderr.write('\r\u001b[K');
  }

  get #isTerminal(): boolean {
    return (this.stderr as Partial<NodeJS.WriteStream>).isTTY === true;
  }

  #remaining(seconds: number): string {
    const { totalBytes } = this.source;
    const read = this.source.readBytes();
    if (totalBytes === undefined || read === 0) return '';
    const left = Math.ceil((seconds * Math.max(totalBytes - read, 0)) / read);
    return `, ${Math.floor((100 * read) / totalBytes)} %, ${Math.floor(left / 60)} min ${left % 60} s left`;
  }
}
