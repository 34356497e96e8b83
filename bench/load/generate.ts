import { type ForkOptions, fork } from 'node:child_process';
import { join } from 'node:path';
import { h2load, hasH2load } from './h2load';
import type { Load, Outcome } from './load';
import { isRealTime, REAL_TIME } from './real-time';

const installed = hasH2load();

/** How late an answer is must not hang on how long its reader waits for a core. */
const byTheClock: ForkOptions = isRealTime
  ? { execPath: REAL_TIME.command, execArgv: [...REAL_TIME.args, process.execPath] }
  : {};

/**
 * h2load where it is installed and can do it; else the client of hand-made frames, in a process of its own. The outcome
 * says which.
 */
export function generate(load: Load): Promise<Outcome> {
  const isPlain =
    load.requests.length === 1 &&
    load.next === undefined &&
    load.bearer === undefined &&
    load.perSecond === undefined &&
    load.replyBytes !== -1;
  if (load.http1) return ownClient('http1-client.js', load);
  return installed && isPlain ? h2load(load) : ownClient('frame-client.js', load);
}

function ownClient(file: string, load: Load): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const client = fork(join(__dirname, file), load.perSecond === undefined ? {} : byTheClock);
    client.once('message', (message: Outcome | { error: string }) => {
      if ('error' in message) reject(new Error(message.error));
      else resolve(message);
    });
    client.once('error', reject);
    client.once('exit', (code) => reject(new Error(`The load generator ended with ${code}`)));
    client.send({ ...load, requests: load.requests.map((each) => each.toString('base64')) });
  });
}
