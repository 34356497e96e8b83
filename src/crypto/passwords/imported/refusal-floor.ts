import { randomInt } from 'node:crypto';
import { setImmediate as nextIteration, setTimeout as sleep } from 'node:timers/promises';
import type { StoredUser } from '../../../auth/accounts/users';
import type { Call } from '../../../auth/call';
import type { Clock } from '../../../auth/clock';

export interface RefusalFloorDeps {
  /** `Users.listDearestImported`. */
  readonly listDearest: () => Promise<readonly Pick<StoredUser, 'passwordHash' | 'importedHashCost'>[]>;
  /** How long such a hash takes to verify here and now with the longest password, in ms; undefined: it cannot be. */
  readonly measure: (hash: string) => Promise<number | undefined>;
  /** No refusal is held for longer, in ms. */
  readonly longestMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Timers and the scheduler vary by this share of what a hash takes. */
const MARGIN = 1.25;
/**
 * A refusal ends at a random moment of so many ms after it is due, so that what is left of a difference takes many more
 * attempts to see.
 */
const JITTER_MS = 2;
/** Timers of Node count whole ms: the last of them, and what is left of one, is waited for by the clock. */
const TIMER_STEP_MS = 1;
/** An import beside the service may bring something dearer at any time. */
const REFRESH_EVERY_MS = 1_000;
/** What was measured while the machine was busy is forgotten after two of these. */
const PERIOD_MS = 10 * 60_000;

/**
 * How long a refused Login takes at least, from when its hash began to run: as long as the dearest imported hash in the
 * store, so that the time does not distinguish imported accounts. The store says which are the dearest, and they
 * are measured before a login is refused. Without imported accounts no refusal is held. See
 * docs/decisions/0035.
 */
export class RefusalFloor {
  #refreshing: Promise<void> | undefined;
  /** Whether the last refresh measured anything. */
  #hasMeasured = false;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #measured = '';
  #periodBegan = 0;
  /** The longest of this period and of the one before, for one form of a password. */
  #longestMs: readonly [current: number, before: number] = [0, 0];

  constructor(private readonly deps: RefusalFloorDeps) {}

  /**
   * Call when the hash of an attempt has run, since beside it the measuring would take longer: begins to look whether
   * the floor is still right. Only `hold` waits for it.
   */
  refresh(): void {
    if (this.#refreshing !== undefined || this.deps.clock.monotonic() - this.#refreshedAt < REFRESH_EVERY_MS) return;
    this.#refreshing = this.#measureDearest().finally(() => {
      this.#refreshing = undefined;
    });
  }

  /**
   * An imported hash took so long for the forms in which the password was tried. Of a refusal call it after `hold`: its
   * own time must not hold it longer than others.
   */
  record(ms: number, forms: number): void {
    const [current, before] = this.#longestMs;
    this.#longestMs = [Math.max(current, ms / forms), before];
  }

  /** When a refusal is due whose hash began to run then and was tried in so many forms. */
  dueAt(startedAt: number, forms: number): number {
    return startedAt + Math.min(Math.max(...this.#longestMs) * forms * MARGIN, this.deps.longestMs);
  }

  /**
   * Returns when what the floor is has been measured and the refusal is due, when it may be held no longer, or when the
   * call ends; never rejects.
   */
  async hold(startedAt: number, forms: number, { signal }: Pick<Call, 'signal'>): Promise<void> {
    const latest = startedAt + this.deps.longestMs;
    let heldForms = forms;
    if (this.#refreshing !== undefined) {
      await this.#waitAtMost(this.#refreshing, latest, signal);
      // The dearest account has waited for its own hash and then for the one that was measured, both on threads that
      // had run none before.
      if (this.#hasMeasured) heldForms += 2;
    }
    const dueAt = this.dueAt(startedAt, heldForms);
    if (dueAt <= startedAt) return;
    await this.#sleepUntil(dueAt + randomInt(JITTER_MS * 1_000) / 1_000, signal);
  }

  async #waitAtMost(work: Promise<void>, until: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    await Promise.race([work, this.#sleepUntil(until, either)]);
    done.abort();
  }

  async #sleepUntil(until: number, signal: AbortSignal): Promise<void> {
    const ms = until - this.deps.clock.monotonic() - TIMER_STEP_MS;
    try {
      if (ms > 0) await sleep(ms, undefined, { signal });
      while (this.deps.clock.monotonic() < until && !signal.aborted) await nextIteration(undefined, { signal });
    } catch {
      // The call has ended.
    }
  }

  /** A store that cannot be read now has been read before, or lets no user log in. */
  async #measureDearest(): Promise<void> {
    try {
      this.#hasMeasured = false;
      const dearest = await this.deps.listDearest();
      const now = this.deps.clock.monotonic();
      const isOver = now - this.#periodBegan >= PERIOD_MS;
      const costs = dearest.map(({ importedHashCost }) => importedHashCost).join();
      this.#refreshedAt = now;
      if (costs === this.#measured && !isOver) return;
      if (isOver) this.#longestMs = [0, this.#longestMs[0]];
      this.#periodBegan = isOver ? now : this.#periodBegan;
      for (const { passwordHash } of dearest) {
        const ms = await this.deps.measure(passwordHash);
        if (ms !== undefined) this.record(ms, 1);
        this.#hasMeasured = true;
      }
      this.#measured = costs;
      this.#refreshedAt = this.deps.clock.monotonic();
    } catch {
      this.#refreshedAt = this.deps.clock.monotonic();
    }
  }
}
