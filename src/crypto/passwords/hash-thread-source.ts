import { JOB, type JobStates } from './hash-batch';

/** What one thread is asked: to verify `hash`, or without one to make a hash. */
export interface HashJob {
  readonly password: string;
  readonly hash?: string;
  readonly options?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number };
}

/** Jobs for one after the other, see `HashWork`. */
export interface HashJobs {
  readonly jobs: readonly HashJob[];
  readonly states: JobStates;
}

export interface HashThreadData {
  /** The file to load argon2 from: a thread made of text has no place of its own to look from. */
  readonly argon2: string;
  readonly niceness: number;
}

/**
 * What runs in a hashing thread. It is text, so that it runs alike compiled and under a test runner that transforms
 * files. On Linux the nice value belongs to the thread (setpriority(2), "C library/kernel differences"); elsewhere it
 * would slow the whole process.
 */
export const HASH_THREAD_SOURCE = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { hashSync, verifySync } = require(workerData.argon2);
if (process.platform === 'linux') {
  try {
    require('node:os').setPriority(workerData.niceness);
  } catch {}
}
function outcomeOf({ password, hash, options }) {
  try {
    return { value: hash === undefined ? hashSync(password, options) : verifySync(hash, password) };
  } catch (error) {
    return { error: String(error && error.message) };
  }
}
parentPort.on('message', ({ jobs, states }) => {
  const outcomes = jobs.map((job, n) => {
    if (Atomics.compareExchange(states, n, ${JOB.WAITING}, ${JOB.BEGUN}) !== ${JOB.WAITING}) return undefined;
    const outcome = outcomeOf(job);
    Atomics.store(states, n, ${JOB.DONE});
    return outcome;
  });
  parentPort.postMessage(outcomes);
});
`;
