import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type HashOutcome, type HashWork, JOB_STATE } from './hash-batch';
import type { Recipe } from './imported/recipe';

/** What a thread is asked: to verify `hash`, or without one to make a hash. */
export interface HashJob {
  /** A hash of elsewhere, verified with the password in each of `forms`; `hash` is run as well where none matches. */
  readonly imported?: { readonly recipe: Recipe; readonly forms: readonly string[] };
  readonly password: string;
  readonly hash?: string;
  readonly options?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number };
}

/** The program of a thread, the same file beside this one in src and in dist. */
const WORKER = join(__dirname, 'hash-worker.js');

/**
 * The lowest priority where event loops, which have nice 0, leave a core free: the less the threads weigh, the sooner
 * the scheduler takes a core away from them when a call comes. Where event loops can keep all cores busy, 10: they are
 * preferred about nine to one, and a flood of other calls still leaves the logins a tenth of a core. Programs beside
 * the service count for nothing here: the scheduler weighs threads within a control group, and services and containers
 * have one each.
 */
export function nicenessBeside(eventLoops: number, cores: number = availableParallelism()): number {
  return eventLoops < cores ? 19 : 10;
}

type Outcomes = readonly HashOutcome<string | boolean>[];

interface Waiting {
  resolve(outcomes: Outcomes): void;
  reject(error: Error): void;
}

/**
 * Threads that only hash, at a lower scheduling priority than the event loop. They start when first needed (some 9 MB
 * each) and stay; idle ones do not keep the process alive. The caller bounds how many batches of jobs run at once: each
 * has a thread of its own.
 */
export class HashThreads {
  readonly #jobs = new Map<Worker, Waiting | undefined>();
  readonly #idle: Worker[] = [];

  constructor(private readonly niceness: number) {}

  /** Does the jobs one after the other. Rejects when the thread died; the next jobs get another one. */
  readonly run: HashWork<HashJob, string | boolean> = (jobs, states) =>
    new Promise((resolve, reject) => {
      const thread = this.#idle.pop() ?? this.#start();
      this.#jobs.set(thread, { resolve, reject });
      thread.ref();
      thread.postMessage({ jobs, states });
    });

  /** How many threads there are. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Ends all threads; jobs under way are rejected. */
  async close(): Promise<void> {
    await Promise.all([...this.#jobs.keys()].map((thread) => thread.terminate()));
  }

  #start(): Worker {
    const thread = new Worker(WORKER, {
      workerData: { niceness: this.niceness, states: JOB_STATE },
      env: {},
      execArgv: [],
      name: 'postern-hash',
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    thread.on('message', (outcomes: Outcomes) => {
      const waiting = this.#jobs.get(thread);
      this.#jobs.set(thread, undefined);
      this.#idle.push(thread);
      thread.unref();
      waiting?.resolve(outcomes);
    });
    thread.on('error', (cause) => this.#drop(thread, new Error('A hashing thread failed', { cause })));
    thread.on('exit', () => this.#drop(thread, new Error('A hashing thread ended')));
    return thread;
  }

  #drop(thread: Worker, error: Error): void {
    this.#jobs.get(thread)?.reject(error);
    this.#jobs.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }
}
