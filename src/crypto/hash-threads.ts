import { Worker } from 'node:worker_threads';
import { HASH_THREAD_SOURCE, type HashJob, type HashReply, type HashThreadData } from './hash-thread-source';

/**
 * The event loop has nice 0. At 10 it is preferred about nine to one on a busy core, and a flood of other calls still leaves the
 * logins a tenth of it.
 */
const NICENESS = 10;

interface Waiting {
  resolve(value: string | boolean): void;
  reject(error: Error): void;
}

/**
 * Threads that only hash, at a lower scheduling priority than the event loop. They start when first needed (some 9 MB each) and stay;
 * idle ones do not keep the process alive. The caller bounds how many jobs run at once: each has a thread of its own.
 */
export class HashThreads {
  readonly #jobs = new Map<Worker, Waiting | undefined>();
  readonly #idle: Worker[] = [];

  /** @throws Error when the hash is malformed or the thread died; the next job gets another thread */
  run(job: HashJob): Promise<string | boolean> {
    return new Promise((resolve, reject) => {
      const thread = this.#idle.pop() ?? this.#start();
      this.#jobs.set(thread, { resolve, reject });
      thread.ref();
      thread.postMessage(job);
    });
  }

  /** How many threads there are. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Ends all threads; jobs under way are rejected. */
  async close(): Promise<void> {
    await Promise.all([...this.#jobs.keys()].map((thread) => thread.terminate()));
  }

  #start(): Worker {
    const workerData: HashThreadData = { argon2: require.resolve('@node-rs/argon2'), niceness: NICENESS };
    const thread = new Worker(HASH_THREAD_SOURCE, {
      eval: true,
      workerData,
      env: {},
      execArgv: [],
      name: 'postern-hash',
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    });
    thread.on('message', (reply: HashReply) => {
      const waiting = this.#jobs.get(thread);
      this.#jobs.set(thread, undefined);
      this.#idle.push(thread);
      thread.unref();
      if ('error' in reply) waiting?.reject(new Error(`Hashing failed: ${reply.error}`));
      else waiting?.resolve(reply.value);
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
