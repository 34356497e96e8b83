import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../../auth/call';

/** Timers and the scheduler vary by this share of what a hash takes. */
const MARGIN = 1.25;
/** Whatever a hash costs, no refusal is held for longer. */
const LONGEST_MS = 5_000;

/**
 * How long a refused Login takes at least, from when its hash began to run: as long as the dearest imported hash that
 * this process has verified, so that the time does not tell imported accounts from others. Nothing is held before the
 * first imported account has tried to log in. See docs/decisions/0035.
 */
export class RefusalFloor {
  #formMs = 0;

  /** An imported hash took so long for each of the forms in which the password was tried. */
  record(ms: number, forms: number): void {
    this.#formMs = Math.max(this.#formMs, ms / forms);
  }

  /** Returns when the floor is reached or the call ends; never rejects. */
  async hold(startedAt: number, forms: number, call: Call): Promise<void> {
    const until = startedAt + Math.min(this.#formMs * forms * MARGIN, LONGEST_MS);
    const ms = until - performance.now();
    if (ms > 0) await sleep(ms, undefined, { signal: call.signal }).catch(() => {});
  }
}
