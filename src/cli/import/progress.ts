import { systemClock } from '../../auth/clock';
import type { Terminal } from '../command';
import type { OpenedExport } from './open-export';

const REDRAW_MS = 200;
const BAR_CELLS = 20;
/** A terminal narrower than this gets no bar: the line would wrap, and could not be drawn over. */
const COLUMNS_WITH_BAR = 80;

/** How far an import is: on a terminal a line that is drawn again, elsewhere nothing. */
export class Progress {
  readonly #startedAt = systemClock.monotonic();
  #drawnAt = 0;

  constructor(
    private readonly stderr: Terminal['stderr'],
    private readonly source: OpenedExport,
  ) {}

  show(rows: number): void {
    const now = systemClock.monotonic();
    if (!this.#isTerminal || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const seconds = Math.max((now - this.#startedAt) / 1_000, 0.001);
    const rate = `${rows} rows, ${Math.round(rows / seconds)} a second`;
    this.stderr.write(`\r${this.#bar()}${rate}${this.#remaining(seconds)}\u001b[K`);
  }

  /** Leaves the line to what is printed next. */
  clear(): void {
    if (this.#isTerminal && this.#drawnAt > 0) this.stderr.write('\r\u001b[K');
  }

  get #isTerminal(): boolean {
    return (this.stderr as Partial<NodeJS.WriteStream>).isTTY === true;
  }

  /** What has been read of the whole, 0 to 1; undefined: not known. */
  get #part(): number | undefined {
    const { totalBytes } = this.source;
    const read = this.source.readBytes();
    return totalBytes === undefined || read === 0 ? undefined : Math.min(read / totalBytes, 1);
  }

  #bar(): string {
    const part = this.#part;
    const { columns } = this.stderr as Partial<NodeJS.WriteStream>;
    if (part === undefined || (columns ?? 0) < COLUMNS_WITH_BAR) return '';
    const full = Math.floor(part * BAR_CELLS);
    return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] `;
  }

  #remaining(seconds: number): string {
    const part = this.#part;
    if (part === undefined) return '';
    const left = Math.ceil((seconds * (1 - part)) / part);
    return `, ${Math.floor(100 * part)} %, ${Math.floor(left / 60)} min ${left % 60} s left`;
  }
}
