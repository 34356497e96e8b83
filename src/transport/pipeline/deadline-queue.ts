import { performance } from 'node:perf_hooks';

/** What can be notified that its time is over. */
export interface Expiring {
  expire(): void;
}

interface Entry {
  readonly call: Expiring;
  readonly at: number;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** Lets a call out of the queue; to be called once, when it has been answered. */
export type Leave = Entry;

/**
 * Ends calls that were not answered within REQUEST_TIMEOUT, counted from their headers, so that a message that never
 * finishes arriving is covered too. The time is the same for all, so a queue in the order of arrival and one timer do
 * for any number of calls; a shorter `grpc-timeout` of the caller is kept by its call.
 *
 * No time crosses this interface: `Clock.monotonic` and `performance.now()` begin at different moments, and a caller
 * that brought one for the other would have calls that never expire.
 */
export class DeadlineQueue {
  #head: Entry | undefined = undefined;
  #tail: Entry | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(private readonly timeoutMs: number) {}

  /** The time of the call begins now: to be called when its headers have come. */
  enter(call: Expiring): Leave {
    const entry: Entry = { call, at: performance.now() + this.timeoutMs, before: this.#tail, after: undefined };
    if (this.#tail === undefined) this.#head = entry;
    else this.#tail.after = entry;
    this.#tail = entry;
    if (this.#timer === undefined) this.#arm(this.timeoutMs);
    return entry;
  }

  leave(entry: Leave): void {
    const { before, after } = entry;
    if (before === undefined && after === undefined && this.#head !== entry) return;
    if (before === undefined) this.#head = after;
    else before.after = after;
    if (after === undefined) this.#tail = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, delayMs));
    this.#timer.unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    while (this.#head !== undefined && this.#head.at <= now) {
      const { call } = this.#head;
      this.leave(this.#head);
      call.expire();
    }
    if (this.#head !== undefined) this.#arm(this.#head.at - now);
  }
}
