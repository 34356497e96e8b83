import type { Clock } from '../../auth/clock';

/** What can be notified that its time is over. */
export interface Expiring {
  expire(): void;
}

/** A call in the queue; to be removed when it has been answered. */
export interface DeadlineEntry {
  readonly call: Expiring;
  readonly at: number;
  previous: DeadlineEntry | undefined;
  next: DeadlineEntry | undefined;
}

/**
 * Ends calls that were not answered within REQUEST_TIMEOUT, counted from their headers, so that a message that never
 * finishes arriving is covered too. The time is the same for all, so a queue in the order of arrival and one timer do
 * for any number of calls; a shorter `grpc-timeout` of the caller is kept by its call.
 */
export class DeadlineQueue {
  #head: DeadlineEntry | undefined = undefined;
  #tail: DeadlineEntry | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(
    private readonly timeoutMs: number,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** @param startedAt when the call began, by the clock of the queue: no earlier than those that were added before */
  add(call: Expiring, startedAt: number): DeadlineEntry {
    const entry: DeadlineEntry = {
      call,
      at: startedAt + this.timeoutMs,
      previous: this.#tail,
      next: undefined,
    };
    if (this.#tail === undefined) this.#head = entry;
    else this.#tail.next = entry;
    this.#tail = entry;
    if (this.#timer === undefined) this.#arm(this.timeoutMs);
    return entry;
  }

  remove(entry: DeadlineEntry): void {
    const { previous, next } = entry;
    if (previous === undefined && next === undefined && this.#head !== entry) return;
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next === undefined) this.#tail = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, delayMs));
    this.#timer.unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.clock.monotonic();
    while (this.#head !== undefined && this.#head.at <= now) {
      const { call } = this.#head;
      this.remove(this.#head);
      call.expire();
    }
    if (this.#head !== undefined) this.#arm(this.#head.at - now);
  }
}
