import { type Call, mustBeAlive } from '../auth/call';
import { AuthError, CallEndedError } from '../auth/errors';
import type { Clock } from '../auth/ports';

export interface HashQueueLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly queue: number;
}

export interface HashQueueStats {
  readonly running: number;
  readonly queued: number;
  /** Since the start. */
  readonly refused: number;
}

interface Waiter {
  go(): void;
  refuse(error: Error): void;
}

/** Whatever the backlog, nobody is sent away for longer. */
const LONGEST_RETRY_MS = 30_000;
/** Nor for less: how long hashes take on a machine that is busy with more than hashing is a guess. */
const SHORTEST_RETRY_MS = 1_000;

/** A bounded number of jobs at once, a bounded number waiting in the order of their arrival, the rest refused at once. */
export class HashQueue {
  readonly #waiters = new Set<Waiter>();
  #running = 0;
  /** Jobs with a place whose `beforehand` has not come to its end. */
  #coming = 0;
  #refused = 0;
  #isClosed = false;
  /** Until when the places of before are spoken for, in ms since the epoch; see `#overloaded`. */
  #promisedUntil = 0;

  constructor(
    private readonly limits: HashQueueLimits,
    private readonly clock: Clock,
    /** How long a job takes, in ms; kept up to date from those that run. */
    private jobMs: number,
  ) {}

  /**
   * Runs the job when its turn has come. A call that ends while it waits gives its place up at once; one that has ended when its turn
   * comes runs nothing. `beforehand` runs once the job has a place, whatever else waits: one that is refused has cost nothing. When it
   * rejects, so does this, and the job does not run.
   *
   * @throws AuthError OVERLOADED, at once; CallEndedError
   */
  async run<T>(call: Call, job: () => Promise<T>, beforehand?: () => Promise<void>): Promise<T> {
    this.#mustServe(call);
    const { concurrency, queue } = this.limits;
    if (this.#backlog() >= concurrency + queue) throw this.#overloaded();
    if (beforehand !== undefined) await this.#prepare(call, beforehand);
    if (this.#running < concurrency) this.#running += 1;
    else await this.#turn(call);
    try {
      mustBeAlive(call, this.clock);
      const startedAt = performance.now();
      const result = await job();
      this.jobMs += (performance.now() - startedAt - this.jobMs) / 8;
      return result;
    } finally {
      this.#passOn();
    }
  }

  stats(): HashQueueStats {
    return { running: this.#running, queued: this.#waiters.size, refused: this.#refused };
  }

  /** Refuses those who wait and those who come. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.refuse(new AuthError('OVERLOADED', { retryAfterSeconds: 1 }));
  }

  #mustServe(call: Call): void {
    mustBeAlive(call, this.clock);
    if (this.#isClosed) throw new AuthError('OVERLOADED', { retryAfterSeconds: 1 });
  }

  #backlog(): number {
    return this.#running + this.#waiters.size + this.#coming;
  }

  async #prepare(call: Call, beforehand: () => Promise<void>): Promise<void> {
    this.#coming += 1;
    try {
      await beforehand();
    } finally {
      this.#coming -= 1;
    }
    this.#mustServe(call);
  }

  #turn(call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters.delete(waiter);
        call.signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        go: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = () => waiter.refuse(new CallEndedError(call.cancelled));
      this.#waiters.add(waiter);
      call.signal.addEventListener('abort', onAbort);
    });
  }

  /** The place of a finished job goes to the first who waits. */
  #passOn(): void {
    const [next] = this.#waiters;
    if (next === undefined) this.#running -= 1;
    else next.go();
  }

  /**
   * Each refused call is told a time at which there will be room, and the next one a later time: if all were told the same, most of
   * them would be refused again. No second is promised to more calls than fit in at once, and within a second they come one by one: in
   * whole seconds, those refused at the end of a burst would come together with later ones of its beginning.
   */
  #overloaded(): AuthError {
    this.#refused += 1;
    const { concurrency, queue } = this.limits;
    const now = this.clock.now();
    const perJobMs = this.jobMs / concurrency;
    const drainedAt = now + this.#backlog() * perJobMs;
    const step = Math.max(perJobMs, 1000 / (concurrency + queue));
    const place = Math.max(drainedAt + step, this.#promisedUntil + step, now + SHORTEST_RETRY_MS);
    this.#promisedUntil = Math.min(place, now + LONGEST_RETRY_MS);
    return new AuthError('OVERLOADED', { retryAfterSeconds: Math.ceil((this.#promisedUntil - now) / 100) / 10 });
  }
}
