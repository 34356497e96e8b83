/** What one thread is asked: to verify `hash`, or without one to make a hash. */
export interface HashJob {
  readonly password: string;
  readonly hash?: string;
  readonly options?: { readonly memoryCost: number; readonly timeCost: number; readonly parallelism: number };
}

export type HashReply = { readonly value: string | boolean } | { readonly error: string };

export interface HashThreadData {
  /** The file to load argon2 from: a thread made of text has no place of its own to look from. */
  readonly argon2: string;
  readonly niceness: number;
}

/**
 * What runs in a hashing thread. It is text, so that it runs alike compiled and under a test runner that transforms files.
 * On Linux the nice value belongs to the thread (setpriority(2), "C library/kernel differences"); elsewhere it would slow the whole
 * process.
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
parentPort.on('message', ({ password, hash, options }) => {
  try {
    parentPort.postMessage({ value: hash === undefined ? hashSync(password, options) : verifySync(hash, password) });
  } catch (error) {
    parentPort.postMessage({ error: String(error && error.message) });
  }
});
`;
