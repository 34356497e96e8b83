import { type Call, throwIfEnded } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { AuthError, CallEndedError } from '../../auth/errors';
import { HashBatch, type HashWork, type PendingHash } from './hash-batch';

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

/** What a caller is notified of. */
export type HashHooks = Pick<PendingHash<unknown, unknown>, 'onStart'>;

/** A reservation in the queue, good for one job of the call that made it. */
export interface HashTicket<Job, Value> {
  /**
   * Runs the job when it is next. A call that ends before its job runs leaves the queue at once and runs nothing.
   *
   * @throws AuthError OVERLOADED when the queue was closed meanwhile; CallEndedError
   */
  run(job: Job, hooks?: HashHooks): Promise<Value>;
  /** Gives the reservation up unused; after `run` it does nothing. */
  release(): void;
}

interface Waiter<Job, Value> extends PendingHash<Job, Value> {
  readonly onAbort: () => void;
}

/** Whatever the backlog, no call is asked to wait longer. */
const LONGEST_RETRY_MS = 30_000;
/** Nor for less: how long hashes take on a machine that is busy with more than hashing is a guess. */
const SHORTEST_RETRY_MS = 1_000;
/** How long the jobs of one batch may take together. */
const BATCH_MS = 50;

/**
 * A semaphore with a bounded queue: a bounded number of jobs run at once, a bounded number wait in the order of their
 * arrival, and the rest are refused at once, which is the backpressure that callers meet.
 *
 * Where many wait, several are one batch and run one after the other: what has to be done around each job then finds
 * its code and data in the nearest caches, and commits with the others (docs/decisions/0009). A batch is at most half
 * of a thread's share of those that wait, so that no thread soon idles while others have work, and no more than 50 ms
 * of work, so that the first job of a batch is hardly delayed.
 */
export class HashQueue<Job, Value> {
  readonly #waiters = new Set<Waiter<Job, Value>>();
  /** Batches that run, each in a thread of its own. */
  readonly #batches = new Set<HashBatch<Job, Value>>();
  /** Reservations for jobs that have not come yet. */
  #reserved = 0;
  #refused = 0;
  #isClosed = false;
  /** Until when earlier retries are promised, in ms since the epoch; see `#overloaded`. */
  #promisedUntil = 0;

  constructor(
    private readonly limits: HashQueueLimits,
    private readonly clock: Clock,
    /** How long a job takes, in ms; kept up to date from those that run. */
    private jobMs: number,
    private readonly work: HashWork<Job, Value>,
  ) {}

  /**
   * Reserves one of the queue, however many wait: a call that is refused has cost nothing. @throws AuthError
   * OVERLOADED, at once; CallEndedError
   */
  reserve(call: Call): HashTicket<Job, Value> {
    this.#throwIfRefused(call);
    const { concurrency, queue } = this.limits;
    if (this.#backlog() >= concurrency + queue) throw this.#overloaded();
    this.#reserved += 1;
    let isReserved = true;
    const release = (): void => {
      if (isReserved) this.#reserved -= 1;
      isReserved = false;
    };
    const run = async (job: Job, { onStart }: HashHooks = {}): Promise<Value> => {
      if (!isReserved) throw new Error('A ticket is good for one job');
      release();
      this.#throwIfRefused(call);
      return new Promise((resolve, reject) => this.#enqueue({ call, job, onStart, resolve, reject }));
    };
    return { run, release };
  }

  stats(): HashQueueStats {
    let queued = this.#waiters.size;
    for (const { remaining } of this.#batches) queued += remaining - 1;
    return { running: this.#batches.size, queued, refused: this.#refused };
  }

  /** Refuses the jobs that wait and those that come. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiters) {
      this.#remove(waiter);
      waiter.reject(new AuthError('OVERLOADED', { retryAfterSeconds: 1 }));
    }
  }

  #throwIfRefused(call: Call): void {
    throwIfEnded(call, this.clock);
    if (this.#isClosed) throw new AuthError('OVERLOADED', { retryAfterSeconds: 1 });
  }

  #backlog(): number {
    let backlog = this.#waiters.size + this.#reserved;
    for (const { remaining } of this.#batches) backlog += remaining;
    return backlog;
  }

  #enqueue(coming: PendingHash<Job, Value>): void {
    const onAbort = (): void => {
      this.#remove(waiter);
      waiter.reject(new CallEndedError(waiter.call.cancelled));
    };
    const waiter = { ...coming, onAbort };
    this.#waiters.add(waiter);
    this.#startBatches();
    if (this.#waiters.has(waiter)) waiter.call.signal.addEventListener('abort', onAbort);
  }

  #remove(waiter: Waiter<Job, Value>): void {
    this.#waiters.delete(waiter);
    waiter.call.signal.removeEventListener('abort', waiter.onAbort);
  }

  #startBatches(): void {
    while (this.#batches.size < this.limits.concurrency && this.#waiters.size > 0) {
      const together = this.#takeNext();
      if (together.length > 0) void this.#runBatch(together);
    }
  }

  /** The jobs of the next batch; those whose call has ended are rejected. */
  #takeNext(): Waiter<Job, Value>[] {
    const share = this.#waiters.size / (2 * this.limits.concurrency);
    const size = Math.max(1, Math.floor(Math.min(share, BATCH_MS / this.jobMs)));
    const together: Waiter<Job, Value>[] = [];
    for (const waiter of this.#waiters) {
      this.#remove(waiter);
      try {
        throwIfEnded(waiter.call, this.clock);
        together.push(waiter);
      } catch (error) {
        waiter.reject(error);
      }
      if (together.length === size) break;
    }
    return together;
  }

  async #runBatch(together: readonly Waiter<Job, Value>[]): Promise<void> {
    const batch = new HashBatch<Job, Value>(together);
    this.#batches.add(batch);
    const startedAt = this.clock.monotonic();
    const done = await batch.run(this.work);
    if (done > 0) this.jobMs += ((this.clock.monotonic() - startedAt) / done - this.jobMs) / 8;
    this.#batches.delete(batch);
    this.#startBatches();
  }

  /**
   * Each refused call gets a time at which there will be room, and the next one a later time: if all got the same
   * one, most of them would be refused again. No second is promised to more calls than fit in at once, and within a
   * second they come one by one: in whole seconds, those refused at the end of a burst would come together with later
   * ones of its beginning.
   */
  #overloaded(): AuthError {
    this.#refused += 1;
    const { concurrency, queue } = this.limits;
    const now = this.clock.monotonic();
    const perJobMs = this.jobMs / concurrency;
    const drainedAt = now + this.#backlog() * perJobMs;
    const step = Math.max(perJobMs, 1000 / (concurrency + queue));
    const retryAt = Math.max(drainedAt + step, this.#promisedUntil + step, now + SHORTEST_RETRY_MS);
    this.#promisedUntil = Math.min(retryAt, now + LONGEST_RETRY_MS);
    return new AuthError('OVERLOADED', { retryAfterSeconds: Math.ceil((this.#promisedUntil - now) / 100) / 10 });
  }
}
